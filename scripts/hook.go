package scripts

import (
	"context"
	"errors"
	"net"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
)

// words gives errors of connecting their meaning where they arise: further up
// go-redis has lost it, or takes them for something else.
type words struct{}

// DialHook implements redis.Hook. A Sentinel that knows no such master answers nil,
// which callers would take for a key that is absent.
func (words) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := next(ctx, network, addr)
		if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, redis.ErrClosed) {
			return conn, err
		}
		if err = Translate(err); !errors.Is(err, jobs.ErrUnreachable) && !errors.Is(err, jobs.ErrDenied) {
			err = &troubled{unreachable(), jobs.ErrUnreachable, err, oneLine(err)} // TLS, for instance
		}
		return nil, err
	}
}

// ProcessHook implements redis.Hook. go-redis goes on when its first command,
// HELLO, is refused, and finds the connection closed: it would only say EOF of a
// Redis that has too many clients.
func (words) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() != "hello" {
			return next(ctx, cmd)
		}
		err := next(ctx, sentOnce{cmd})
		if t, ok := TroubleOf(Translate(err)); ok && t.Kind == "clients" {
			// Not the reply itself, after which go-redis would go on.
			err = &troubled{t, jobs.ErrUnreachable, errors.New(err.Error()), err.Error()}
			cmd.SetErr(err)
		}
		return err
	}
}

// sentOnce is a command that is not sent again: on the same connection, which is
// closed by then, HELLO would only find that.
type sentOnce struct{ redis.Cmder }

// NoRetry overrides that of the command.
func (sentOnce) NoRetry() bool { return true }

// ProcessPipelineHook implements redis.Hook.
func (words) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
