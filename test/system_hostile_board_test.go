package test

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// jobDoc is a job as `list -o json` tells of it.
type jobDoc struct {
	ID, State, Reason, Payload string
	Unreadable                 bool
}

func (h *host) jobs() map[string]jobDoc {
	h.t.Helper()
	var docs []jobDoc
	h.read(&docs, "list")
	jobs := map[string]jobDoc{}
	for _, doc := range docs {
		jobs[doc.ID] = doc
	}
	return jobs
}

func TestSystemBadJobsDoNotStopTheOthers(t *testing.T) {
	t.Parallel()
	c := newCluster(t, []string{"one"})
	rdb := c.server.Client()
	c.ok("put", "good", "console", "ok", "--every", "500ms", "--overlap", "allow")
	c.afterFire("good")

	bad := map[string]string{
		"text":     "{bad",
		"list":     "[]",
		"number":   "5",
		"null":     "null",
		"empty":    "",
		"deep":     strings.Repeat("[", 100000),
		"nan":      `{"id":"nan","runner":"console","payload":"x","interval":NaN}`,
		"infinite": `{"id":"infinite","runner":"console","payload":"x","interval":1e999}`,
		"negative": `{"id":"negative","runner":"console","payload":"x","interval":-1}`,
		"runner":   `{"id":"runner","runner":{},"payload":"x","interval":1}`,
		"payload":  `{"id":"payload","runner":"console","payload":{"a":1},"interval":60}`,
	}
	now := float64(time.Now().UnixMilli()) / 1000
	for id, text := range bad {
		rdb.HSet(t.Context(), "jobs", id, text)
		rdb.ZAdd(t.Context(), "jobs:schedule", redis.Z{Score: now, Member: id})
	}
	for id, score := range map[string]string{"soon": "-inf", "never": "+inf", "far": "1e300", "before": "-1e300"} {
		rdb.HSet(t.Context(), "jobs", id, `{"id":"`+id+`","runner":"console","payload":"x","interval":60,"start":0}`)
		if err := rdb.Do(t.Context(), "ZADD", "jobs:schedule", score, id).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := rdb.Do(t.Context(), "ZADD", "jobs:schedule", "nan", "good").Err(); err == nil {
		t.Error("Redis took NaN for a score")
	}
	rdb.ZAdd(t.Context(), "jobs:schedule", redis.Z{Score: now, Member: "ghost"})
	rdb.LPush(t.Context(), "jobs:queue:console", "{bad", "", "[]", `{"id":"good","runner":"console"}`)
	rdb.Set(t.Context(), "jobs:queue:broken", "no list", 0)
	c.ok("register", "broken", "cat")
	rdb.HSet(t.Context(), "jobs", "broken", `{"id":"broken","runner":"broken","payload":"x","interval":1,"start":0}`)
	rdb.ZAdd(t.Context(), "jobs:schedule", redis.Z{Score: now, Member: "broken"})
	planted := time.Now()

	c.goesOn("good", 6, planted)
	longest, latest := gap(c.inOrder("good"), planted)
	within(t, "longest gap between fires beside bad jobs", longest, time.Second)
	within(t, "greatest lateness beside bad jobs", latest, 500*time.Millisecond)

	listed := c.jobs()
	for _, id := range []string{"text", "list", "number", "null", "empty", "deep"} {
		if job, ok := listed[id]; !ok || job.State != "quarantined" || job.Reason == "" {
			t.Errorf("list, job %s: got %+v, want it quarantined with a reason", id, job)
		}
	}
	for id := range bad {
		if job := listed[id]; job.State == "due" {
			t.Errorf("list, job %s: got %+v, it blocks the head of the schedule", id, job)
		}
	}
	if job := listed["soon"]; job.State != "scheduled" {
		t.Errorf("list, job soon: got %+v, want it scheduled", job)
	}
	for _, id := range []string{"never", "far"} {
		if job := listed[id]; job.State != "quarantined" && job.State != "unscheduled" {
			t.Errorf("list, job %s: got %+v, want it to be seen that it will not run", id, job)
		}
	}
	if job := listed["good"]; job.State == "quarantined" || job.Reason != "" {
		t.Errorf("list, job good: got %+v, want it as ever", job)
	}
	doctor := c.run("doctor", "-o", "json")
	for _, words := range []string{"quarantine", "cannot be scheduled", "jobs:queue:broken is a string"} {
		if !strings.Contains(doctor.stdout, words) {
			t.Errorf("doctor: got %s%s, want %q in it", doctor.stdout, doctor.stderr, words)
		}
	}
	if _, err := rdb.ZScore(t.Context(), "jobs:schedule", "ghost").Result(); err == nil {
		t.Error("a schedule entry without a job stays on the schedule")
	}
	for _, id := range []string{"soon", "before"} {
		eventually(t, "the run of "+id+", long due, ends", func() bool { return len(c.endedRuns(id)) > 0 })
	}
	for id := range bad {
		eventually(t, "no run of "+id+" is stuck", func() bool { return len(c.runs(id)) == len(c.endedRuns(id)) })
	}
	eventually(t, "what was pushed by hand is off the queue", func() bool { return rdb.LLen(t.Context(), "jobs:queue:console").Val() == 0 })

	c.ok("put", "text", "console", "mended", "--every", "1s")
	c.afterFire("text")
	if job := c.jobs()["text"]; job.State == "quarantined" {
		t.Errorf("list, job text put again: got %+v, want it scheduled", job)
	}
}
