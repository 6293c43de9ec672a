package board

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs"
)

const tricky = ` {"jobs" : {"a" :{"id":"a","start":1, "x":{"y":["]}\\",{}]},"runner":"r\\\"","payload":"\\"},` +
	`"b\n":{"runner":"r","\u0061":-1.5e9,"payload":[ "," ]},"":{}},"runners":{"r":"x\\\\"},"unreadable":{"c":"{"}} `

func TestADumpThatIsNoJSONIsRefusedWhereverItIsBroken(t *testing.T) {
	t.Parallel()
	if !json.Valid([]byte(tricky)) {
		t.Fatal("the dump to begin with is no JSON")
	}
	tried := 0
	try := func(text string) {
		_, err := readDump(strings.NewReader(text))
		if json.Valid([]byte(text)) {
			return // whatever it says
		}
		tried++
		if !errors.Is(err, jobs.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", text, err)
		}
	}
	for i := range len(tricky) {
		try(tricky[:i])
		try(tricky[i+1:])
		try(tricky[:i] + tricky[i+1:])
		for _, c := range `{}[]",:\ x` {
			try(tricky[:i] + string(c) + tricky[i+1:])
			try(tricky[:i] + string(c) + tricky[i:])
		}
	}
	if tried < 1000 {
		t.Errorf("%d texts were no JSON, want most", tried)
	}
}

func TestMetadataIsWrittenInTheOrderInWhichItIsFiredFastest(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"id":"a","start":1,"runner":"r","payload":"x"}`:                          `{"id":"a","start":1,"runner":"r","payload":"x"}`,
		`{"id":"a","runner":"r","start":1,"payload":"x"}`:                          `{"id":"a","start":1,"runner":"r","payload":"x"}`,
		`{ "id":"a","runner":"r","payload":"x"}`:                                   `{"id":"a","runner":"r","payload":"x"}`,
		`{"id":"a","runner":"r"}`:                                                  `{"id":"a","runner":"r","payload":""}`,
		`{"start":1,"runner":"r","payload":{ "z" : 1 }}`:                           `{"id":"a","start":1,"runner":"r","payload":{ "z" : 1 }}`,
		`{"id":"a","start":1,"start":2,"runner":"r","payload":""}`:                 `{"id":"a","start":2,"runner":"r","payload":""}`,
		`{"id":"a","runner":"r","payload":"1","payload":"2"}`:                      `{"id":"a","runner":"r","payload":"2"}`,
		`{"id":"a","runner":"r","\u0061":1,"payload":""}`:                          `{"id":"a","runner":"r","a":1,"payload":""}`,
		`{"payload":"\"","x":"\\","runner":"r\\\"","id":"b","interval":60}`:        `{"id":"b","runner":"r\\\"","interval":60,"x":"\\","payload":"\""}`,
		`{"id":"a","runner":"r","z":{"payload":"}"},"b":["]"],"payload":"\\\\"}`:   `{"id":"a","runner":"r","b":["]"],"z":{"payload":"}"},"payload":"\\\\"}`,
		`{"id":"a","runner":"r","interval":5,"stop":9,"a":1,"b":2,"payload":null}`: `{"id":"a","runner":"r","interval":5,"stop":9,"a":1,"b":2,"payload":null}`,
	} {
		got, err := arrange("a", text, nil)
		if err != nil || got != want {
			t.Errorf("%s:\ngot  %s, %v\nwant %s", text, got, err, want)
		}
	}
}
