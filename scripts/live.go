package scripts

import (
	"context"
	"strconv"
	"strings"

	"github.com/jobs-agent/jobs"
)

// Joutput tells what attempts of a lane have printed and answers the tokens that the
// lane does not hold. The same pieces again add nothing.
func (c *Commands) Joutput(ctx context.Context, lane string, pieces []jobs.Piece) ([]string, error) {
	args := make([]any, 0, 5*len(pieces))
	for i := range pieces { // pointers, since a string in an interface is copied
		p := &pieces[i]
		args = append(args, &p.Token, (*string)(&p.Run), p.Offset, &p.Text, &p.Progress)
	}
	reply, err := c.list(ctx, "joutput", c.prefixed(c.keys.Held(lane)), args...)
	if err != nil {
		return nil, err
	}
	refused := make([]string, len(reply))
	for i, token := range reply {
		refused[i] = toString(token)
	}
	return refused, nil
}

// Position says how far the output of an attempt is: SEQ numbers the attempt on its
// board, Bytes is where the piece that was read last ended. It is the id of a message in
// B:live:RUN.
type Position struct{ Seq, Bytes int64 }

// ParsePosition reads the id of a message in B:live:RUN.
func ParsePosition(id string) Position {
	seq, bytes, _ := strings.Cut(id, "-")
	var p Position
	p.Seq, _ = strconv.ParseInt(seq, 10, 64)
	p.Bytes, _ = strconv.ParseInt(bytes, 10, 64)
	return p
}

func (p Position) String() string {
	return strconv.FormatInt(p.Seq, 10) + "-" + strconv.FormatInt(p.Bytes, 10)
}

// AgentOf answers the agent and the number of the attempt in a token.
func AgentOf(token string) (agent string, attempt int) {
	try, _, _ := strings.Cut(token, ":")
	attempt, _ = strconv.Atoi(try)
	return agentOf(token), attempt
}
