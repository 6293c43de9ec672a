package logsink

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// fakeLogs is CloudWatch Logs as far as a sink knows it. It refuses what the service
// refuses.
type fakeLogs struct {
	*httptest.Server

	mu     sync.Mutex
	groups map[string]map[string][]fakeEvent
	calls  map[string]int // by operation, the refused ones included
	broken []string       // what no client should ever send
	// fault may answer a call in place of the service; n counts all calls.
	fault func(n int, operation string) *fault
	seen  int
	// keep takes an event instead of the streams, in tests with many.
	keep      func(stream string, e fakeEvent)
	retention time.Duration
}

type fakeEvent struct {
	Message   string
	Timestamp int64
}

// fault is an answer that is no success.
type fault struct {
	status int
	code   string
	// hangUp closes the connection without an answer; with after, once the call was done.
	hangUp, after bool
}

func newFakeLogs(t *testing.T) *fakeLogs {
	t.Helper()
	f := &fakeLogs{groups: map[string]map[string][]fakeEvent{}, calls: map[string]int{}, retention: 14 * 24 * time.Hour}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	t.Cleanup(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, fault := range f.broken {
			t.Errorf("CloudWatch would refuse: %s", fault)
		}
	})
	return f
}

// environment makes the SDK find the fake and keys that nobody has.
func (f *fakeLogs) environment() map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": f.URL, "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDFAKE",
		"AWS_SECRET_ACCESS_KEY": fakeSecret, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
	}
}

const fakeSecret = "a-secret-that-nobody-may-see"

func (f *fakeLogs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "Logs_20140328.")
	body, err := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[operation]++
	f.seen++
	var ill *fault
	if f.fault != nil {
		ill = f.fault(f.seen, operation)
	}
	switch {
	case err != nil || !strings.Contains(r.Header.Get("Authorization"), "Credential=AKIDFAKE/"):
		refuse(w, 400, "UnrecognizedClientException", "who is this")
	case ill != nil && ill.hangUp:
		if ill.after {
			_, _, _ = f.do(operation, body)
		}
		panic(http.ErrAbortHandler)
	case ill != nil:
		refuse(w, ill.status, ill.code, "not now")
	default:
		answer, code, why := f.do(operation, body)
		if code != "" {
			if code == "InvalidParameterException" {
				f.broken = append(f.broken, why)
			}
			refuse(w, 400, code, why)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(answer)
	}
}

func refuse(w http.ResponseWriter, status int, code, why string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": why})
}

var (
	fakeGroup  = regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{1,512}$`)
	fakeStream = regexp.MustCompile(`^[^:*]{1,512}$`)
)

func (f *fakeLogs) do(operation string, body []byte) (answer map[string]any, code, why string) {
	var in struct {
		LogGroupName, LogStreamName string
		LogEvents                   []fakeEvent
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, "SerializationException", err.Error()
	}
	streams, hasGroup := f.groups[in.LogGroupName]
	events, hasStream := streams[in.LogStreamName]
	switch {
	case !fakeGroup.MatchString(in.LogGroupName):
		return nil, "InvalidParameterException", "name of group " + in.LogGroupName
	case operation == "CreateLogGroup" && hasGroup:
		return nil, "ResourceAlreadyExistsException", "the group exists"
	case operation == "CreateLogGroup":
		f.groups[in.LogGroupName] = map[string][]fakeEvent{}
		return map[string]any{}, "", ""
	case !fakeStream.MatchString(in.LogStreamName):
		return nil, "InvalidParameterException", "name of stream " + in.LogStreamName
	case !hasGroup:
		return nil, "ResourceNotFoundException", "The specified log group does not exist."
	case operation == "CreateLogStream" && hasStream:
		return nil, "ResourceAlreadyExistsException", "the stream exists"
	case operation == "CreateLogStream":
		streams[in.LogStreamName] = nil
		return map[string]any{}, "", ""
	case operation != "PutLogEvents":
		return nil, "UnknownOperationException", operation
	case !hasStream:
		return nil, "ResourceNotFoundException", "The specified log stream does not exist."
	}
	if why := f.judge(in.LogEvents); why != "" {
		return nil, "InvalidParameterException", why
	}
	now := time.Now().UnixMilli()
	rejected := map[string]int{}
	for i, e := range in.LogEvents {
		switch {
		case e.Timestamp < now-f.retention.Milliseconds():
			rejected["tooOldLogEventEndIndex"] = i + 1
		case e.Timestamp > now+(2*time.Hour).Milliseconds():
			if _, ok := rejected["tooNewLogEventStartIndex"]; !ok {
				rejected["tooNewLogEventStartIndex"] = i
			}
		case f.keep != nil:
			f.keep(in.LogStreamName, e)
		default:
			events = append(events, e)
		}
	}
	streams[in.LogStreamName] = events
	answer = map[string]any{}
	if len(rejected) > 0 {
		answer["rejectedLogEventsInfo"] = rejected
	}
	return answer, "", ""
}

// judge says why the service would refuse a batch; empty when it would not.
func (f *fakeLogs) judge(events []fakeEvent) string {
	if len(events) == 0 || len(events) > 10_000 {
		return fmt.Sprintf("%d events in a batch", len(events))
	}
	size, now := 0, time.Now().UnixMilli()
	var first int64
	for i, e := range events {
		size += len(e.Message) + 26
		switch {
		case e.Message == "":
			return fmt.Sprintf("event %d is empty", i)
		case len(e.Message)+26 > 1<<20:
			return fmt.Sprintf("event %d has %d bytes", i, len(e.Message))
		case !utf8.ValidString(e.Message):
			return fmt.Sprintf("event %d is no UTF-8", i)
		case i > 0 && e.Timestamp < events[i-1].Timestamp:
			return fmt.Sprintf("event %d is older than the one before", i)
		}
		if e.Timestamp < now-f.retention.Milliseconds() || e.Timestamp > now+(2*time.Hour).Milliseconds() {
			continue
		}
		if first == 0 {
			first = e.Timestamp
		}
		if e.Timestamp-first >= (24 * time.Hour).Milliseconds() {
			return fmt.Sprintf("event %d is %v after the first", i, time.Duration(e.Timestamp-first)*time.Millisecond)
		}
	}
	if size > 1<<20 {
		return fmt.Sprintf("the batch has %d bytes", size)
	}
	return ""
}

// texts are what a stream holds: the text or log member of each event.
func (f *fakeLogs) texts(t *testing.T, group, stream string) (texts []string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.groups[group][stream] {
		texts = append(texts, textOf(t, e.Message))
	}
	return texts
}

func textOf(t *testing.T, message string) string {
	t.Helper()
	var m struct {
		Text string
		Log  json.RawMessage
	}
	if err := json.Unmarshal([]byte(message), &m); err != nil {
		t.Fatalf("got the message %q, want JSON: %v", message, err)
	}
	return m.Text + string(m.Log)
}
