package agent

import (
	"log"
	"strings"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// gossipLogger turns the lines of the gossip library into entries of ours. The
// library repeats itself with every packet while something is wrong, so an equal
// line is logged once a minute.
func gossipLogger(to *zap.Logger) *log.Logger {
	once := to.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(core, time.Minute, 1, 0)
	}))
	return log.New(gossipLines{once}, "", 0)
}

type gossipLines struct{ log *zap.Logger }

// Write takes one line such as "[WARN] memberlist: words from=127.0.0.1:7946".
// Only what the library calls an error is worth a warning; what it warns of, such
// as a suspicion that it refutes, happens every day.
func (g gossipLines) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	level := zap.DebugLevel
	if head, rest, ok := strings.Cut(text, "] "); ok && strings.HasPrefix(head, "[") {
		text = strings.TrimPrefix(rest, "memberlist: ")
		switch head {
		case "[ERR", "[ERROR":
			level = zap.WarnLevel
		case "[WARN":
			level = zap.InfoLevel
		}
	}
	text, from, _ := strings.Cut(text, " from=")
	if from == "" {
		g.log.Log(level, text)
		return len(line), nil
	}
	g.log.Log(level, text, zap.String("from", from))
	return len(line), nil
}
