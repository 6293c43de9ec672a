package test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// dump2014 is board-2014.json: what the 2014 program's dump said of its board.
type dump2014 struct {
	Jobs map[string]struct {
		ID, Runner, Payload, Stop, Lambda string
		Interval                          *float64
		Start                             float64
	}
	Runners map[string]string
}

func readDump2014(t *testing.T) dump2014 {
	t.Helper()
	text, err := os.ReadFile("../testdata/2014/board-2014.json")
	if err != nil {
		t.Fatal(err)
	}
	var dump dump2014
	if err := json.Unmarshal(text, &dump); err != nil {
		t.Fatal(err)
	}
	return dump
}

// load2014 sends the raw commands of board-2014.resp, as redis-cli --pipe does.
func load2014(t *testing.T, rdb *redis.Client) {
	t.Helper()
	text, err := os.ReadFile("../testdata/2014/board-2014.resp")
	if err != nil {
		t.Fatal(err)
	}
	commands := rdb.Pipeline()
	for r := bufio.NewReader(bytes.NewReader(text)); ; {
		args, err := readCommand(r)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("read board-2014.resp: %v", err)
		}
		commands.Do(t.Context(), args...)
	}
	if _, err := commands.Exec(t.Context()); err != nil {
		t.Fatalf("load board-2014.resp: %v", err)
	}
}

func readCommand(r *bufio.Reader) ([]any, error) {
	n, err := readLength(r, '*')
	if err != nil {
		return nil, err
	}
	args := make([]any, n)
	for i := range args {
		size, err := readLength(r, '$')
		if err != nil {
			return nil, err
		}
		word := make([]byte, size+2)
		if _, err := io.ReadFull(r, word); err != nil {
			return nil, err
		}
		args[i] = string(word[:size])
	}
	return args, nil
}

func readLength(r *bufio.Reader, sign byte) (int, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return 0, err
	}
	if line[0] != sign {
		return 0, fmt.Errorf("got %q, want a line of %c", line, sign)
	}
	return strconv.Atoi(strings.TrimSpace(line[1:]))
}
