package runners_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/runners"
)

// asked makes an attempt of the http runner and answers what it printed.
func asked(t *testing.T, local bool, payload string) (printed string, a *jobs.Attempt, err error) {
	t.Helper()
	_, r, err := runners.New("http", runners.Config{HTTPLocal: local})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	a = &jobs.Attempt{Run: "a@1000.1", Job: "a", Runner: "http", Payload: payload, Output: &out}
	err = r.Run(t.Context(), a)
	return out.String(), a, err
}

func TestHTTPSendsWhatThePayloadSays(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/bad" {
			w.WriteHeader(http.StatusTeapot)
		}
		fmt.Fprintf(w, "%s %s %s %s %s", r.Method, r.URL.Path, body, r.Header.Get("X-A"), r.Header.Get("Idempotency-Key"))
	}))
	defer server.Close()
	tests := []struct{ payload, printed, err string }{
		{server.URL + "/x", "GET /x   a@1000", ""},
		{`{"url":"` + server.URL + `/x","headers":{"X-A":"b"},"body":"hello"}`, "POST /x hello b a@1000", ""},
		{`{"url":"` + server.URL + `/x","method":"PUT"}`, "PUT /x   a@1000", ""},
		{server.URL + "/bad", "GET /bad   a@1000", "answered 418"},
		{`{"url":"` + server.URL + `/bad","expect":[418]}`, "GET /bad   a@1000", ""},
		{`{"url":"` + server.URL + `/x","expect":[201]}`, "GET /x   a@1000", "answered 200"},
		{`{"url":"` + server.URL + `/x","expect_body":"GET /x"}`, "GET /x   a@1000", ""},
		{`{"url":"` + server.URL + `/x","expect_body":"ok"}`, "GET /x   a@1000", `without the text "ok" in its body`},
		{`{"uri":"x"}`, "", `unknown field "uri"`},
		{"ftp://example.org", "", "no http or https URL"},
		{"", "", "no http or https URL"},
	}
	for _, tt := range tests {
		printed, a, err := asked(t, true, tt.payload)
		if printed != tt.printed || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: got %q, %v, want %q, %q", tt.payload, printed, err, tt.printed, tt.err)
		}
		if printed != "" && a.Result == "" {
			t.Errorf("%s: the status is not the result", tt.payload)
		}
	}
}

func TestHTTPReachesNoLocalAddressByNameNorByRedirect(t *testing.T) {
	t.Parallel()
	reached := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer inside.Close()
	port := inside.URL[strings.LastIndexByte(inside.URL, ':'):]
	for _, to := range []string{
		inside.URL, "http://localhost" + port, "http://127.1.2.3" + port, "http://[::1]" + port, "http://[::ffff:127.0.0.1]" + port,
		"http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "http://10.0.0.1/", "http://192.168.1.1/", "http://100.64.0.1/", "http://0.0.0.0" + port, "http://[fd00::1]/",
		"http://0.1.2.3/", "http://198.18.0.1/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[::127.0.0.1]/",
	} {
		if _, _, err := asked(t, false, to); err == nil || !strings.Contains(err.Error(), "private or local address") {
			t.Errorf("%s: got %v, want it refused as private or local", to, err)
		}
	}
	if reached {
		t.Error("it was reached all the same")
	}
	elsewhere := httptest.NewServer(http.RedirectHandler("file:///etc/passwd", http.StatusFound))
	defer elsewhere.Close()
	if printed, _, err := asked(t, true, elsewhere.URL); err == nil || printed != "" {
		t.Errorf("a redirect to a file: got %q, %v", printed, err)
	}
}

func TestHTTPEndsWithItsContextAndSaysWhy(t *testing.T) {
	t.Parallel()
	hangs := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hangs }))
	defer server.Close()
	defer close(hangs)
	_, r, err := runners.New("http", runners.Config{HTTPLocal: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, jobs.ErrTimedOut)
	defer cancel()
	if err := r.Run(ctx, &jobs.Attempt{Payload: server.URL, Output: io.Discard, Timeout: time.Minute}); !errors.Is(err, jobs.ErrTimedOut) {
		t.Errorf("got %v, want %v", err, jobs.ErrTimedOut)
	}
}
