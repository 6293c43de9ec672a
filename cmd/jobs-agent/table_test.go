package main

import (
	"bytes"
	"testing"
)

func TestTablesKeepTheirColumns(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	table := newTable(&page{Writer: &out}, "ID", "STATE")
	table.add("long-id", "due")
	table.add("é", "scheduled")
	table.flush()
	table.add("b", "due")
	table.flush()
	want := "ID       STATE\nlong-id  due\né        scheduled\nb        due\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

func TestOnlyStatesAreColoured(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	table := newTable(&page{Writer: &out, color: true}, "ID", "STATE")
	table.add("dead", "dead")
	table.flush()
	want := "ID    STATE\ndead  \x1b[31mdead\x1b[0m\n"
	if got := out.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTextOfOthersDoesNotMoveTheCursor(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"my job": "my job", "日本": "日本", "a\x1b[2Jb": `"a\x1b[2Jb"`, "a\nb": `"a\nb"`, "\xff": `"\xff"`} {
		if got := printable(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
