package docker_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// stage is a part of a Dockerfile: the lines from FROM to FROM, by their first word.
type stage struct {
	from  string
	lines map[string][]string
}

func stages(text string) (list []stage) {
	text = strings.ReplaceAll(text, "\\\n", " ")
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case word == "" || strings.HasPrefix(word, "#"):
		case word == "FROM":
			list = append(list, stage{rest, map[string][]string{}})
		case len(list) > 0:
			s := list[len(list)-1]
			s.lines[word] = append(s.lines[word], rest)
		}
	}
	return list
}

// judgeImages finds what is wrong with the images.
func judgeImages(text, gomod string) (faults []string) {
	add := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	list := stages(text)
	if len(list) != 3 {
		return []string{fmt.Sprintf("got %d stages, want build, shell and scratch", len(list))}
	}
	build, last := list[0], list[2]
	_, version, _ := strings.Cut(gomod, "\ngo ")
	version, _, _ = strings.Cut(version, "\n")
	if want := "golang:" + strings.TrimSuffix(version, ".0") + " AS build"; build.from != want {
		add("build: FROM %s: want %s, as in go.mod", build.from, want)
	}
	if !strings.Contains(strings.Join(build.lines["RUN"], "\n"), "CGO_ENABLED=0 go build") {
		add("build: the program is not static, and cannot run alone")
	}
	if last.from != "scratch" {
		add("FROM %s: want scratch, the default target", last.from)
	}
	if !slices.ContainsFunc(last.lines["COPY"], func(line string) bool { return strings.HasSuffix(line, "/etc/ssl/certs/ca-certificates.crt") }) {
		add("scratch: without certificates there is no TLS")
	}
	if len(last.lines["RUN"]) > 0 {
		add("scratch: RUN needs a shell")
	}
	for _, s := range list[1:] {
		for word, want := range map[string]string{"ENTRYPOINT": "/usr/bin/jobs-agent", "CMD": "agent", "HEALTHCHECK": "/usr/bin/jobs-agent health"} {
			line := strings.Join(s.lines[word], "\n")
			at := strings.Index(line, "[")
			var words []string
			if at < 0 || json.Unmarshal([]byte(line[at:]), &words) != nil || strings.Join(words, " ") != want {
				add("%s: %s %s: want %s, as a list, since a shell would be process 1", s.from, word, line, want)
			}
		}
		if env := strings.Join(s.lines["ENV"], " "); !strings.Contains(env, "JOBS_HTTP=127.0.0.1:7070") {
			add("%s: ENV %s: health does not know where to ask", s.from, env)
		}
		if user := strings.Join(s.lines["USER"], " "); user != "7070:7070" {
			add("%s: USER %s: want numbers that are not root's", s.from, user)
		}
		if strings.Join(s.lines["STOPSIGNAL"], "") != "SIGTERM" {
			add("%s: STOPSIGNAL: want SIGTERM", s.from)
		}
	}
	return faults
}

// composed is what of a compose file matters here.
type composed struct {
	Services map[string]struct {
		Command     []string
		Environment map[string]string
		Hostname    string
		Healthcheck struct{ Test []string }
		Volumes     []string
		Restart     string
		StopGrace   string   `yaml:"stop_grace_period"`
		ReadOnly    bool     `yaml:"read_only"`
		Drop        []string `yaml:"cap_drop"`
		Security    []string `yaml:"security_opt"`
		Init        bool
		Ports       []string
		DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	}
	Volumes map[string]any
}

// judgeCompose finds what is wrong with the composition.
func judgeCompose(text string) (faults []string) {
	add := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	var c composed
	if err := yaml.Unmarshal([]byte(text), &c); err != nil {
		return []string{err.Error()}
	}
	redis := strings.Join(c.Services["redis"].Command, " ")
	for _, want := range []string{"--appendonly yes", "--maxmemory-policy noeviction"} {
		if !strings.Contains(redis, want) {
			add("redis: %s: want %s", redis, want)
		}
	}
	if _, ok := c.Volumes["redis"]; !ok || !slices.Contains(c.Services["redis"].Volumes, "redis:/data") {
		add("redis: what it keeps goes with its container")
	}
	agents, names := 0, map[string]bool{}
	for name, s := range c.Services {
		if s.Restart != "unless-stopped" {
			add("%s: restart: %q: nobody starts it again", name, s.Restart)
		}
		if len(s.Healthcheck.Test) == 0 || s.Healthcheck.Test[0] != "CMD" {
			add("%s: healthcheck: %v: want a list that begins with CMD", name, s.Healthcheck.Test)
		}
		if len(s.Ports) > 0 {
			add("%s: ports: %v are open to the network", name, s.Ports)
		}
		if name == "redis" {
			continue
		}
		agents++
		names[s.Environment["JOBS_NAME"]] = true
		if got := strings.Join(s.Healthcheck.Test, " "); got != "CMD /usr/bin/jobs-agent health" {
			add("%s: healthcheck: got %s, want jobs-agent health", name, got)
		}
		if s.DependsOn["redis"].Condition != "service_healthy" {
			add("%s: it is started before its Redis answers", name)
		}
		grace, _ := time.ParseDuration(s.StopGrace)
		drain, err := time.ParseDuration(s.Environment["JOBS_DRAIN"])
		if err != nil || grace < drain+10*time.Second {
			add("%s: stop_grace_period: got %v, want at least the drain, %v, and 10 s", name, grace, drain)
		}
		if s.Environment["JOBS_GOSSIP"] != s.Hostname+":7946" || !strings.HasPrefix(s.Environment["JOBS_GOSSIP_KEY"], "${JOBS_GOSSIP_KEY:?") {
			add("%s: it gossips on %q as %q, without an address of its own or a key that has to be given", name, s.Environment["JOBS_GOSSIP"], s.Hostname)
		}
		if !s.ReadOnly || !slices.Contains(s.Drop, "ALL") || !slices.Contains(s.Security, "no-new-privileges:true") {
			add("%s: its programs may do more than they need", name)
		}
	}
	if agents != 3 || len(names) != 3 {
		add("got %d agents with %d names, want three", agents, len(names))
	}
	slices.Sort(faults)
	return faults
}

func TestTheImagesHaveNoMistake(t *testing.T) {
	t.Parallel()
	for _, fault := range judgeImages(read(t, "Dockerfile"), read(t, "../../go.mod")) {
		t.Error(fault)
	}
}

func TestTheCompositionHasNoMistake(t *testing.T) {
	t.Parallel()
	for _, fault := range judgeCompose(read(t, "compose.yaml")) {
		t.Error(fault)
	}
}

// All that the program is built of goes to the build, and no folder of git or tools.
func TestTheBuildGetsWhatItNeeds(t *testing.T) {
	t.Parallel()
	got := strings.Fields(read(t, "Dockerfile.dockerignore"))
	if want := []string{"*", "!go.mod", "!go.sum", "!**/*.go", "!scripts"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v: nothing but Go and the scripts that it embeds", got, want)
	}
}

func TestPlantedMistakesAreFound(t *testing.T) {
	t.Parallel()
	const images, composition = "Dockerfile", "compose.yaml"
	tests := []struct{ name, file, old, now, want string }{
		{"a program that needs a libc", images, "CGO_ENABLED=0 ", "", "not static"},
		{"another Go", images, "golang:1.26", "golang:1.25", "as in go.mod"},
		{"another default", images, "FROM scratch", "FROM busybox", "want scratch"},
		{"no certificates", images, "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt\n", "", "no TLS"},
		{"a shell as process 1", images, `ENTRYPOINT ["/usr/bin/jobs-agent"]`, "ENTRYPOINT /usr/bin/jobs-agent", "a shell would be process 1"},
		{"a health check that needs a shell", images, `CMD ["/usr/bin/jobs-agent", "health"]`, "CMD jobs-agent health", "HEALTHCHECK"},
		{"root", images, "USER 7070:7070", "USER root", "not root's"},
		{"an address that nobody knows", images, "JOBS_HTTP=127.0.0.1:7070", "JOBS_HTTP=127.0.0.1:0", "does not know where to ask"},
		{"a Redis that evicts", composition, "noeviction", "allkeys-lru", "--maxmemory-policy noeviction"},
		{"a Redis that forgets", composition, `--appendonly, "yes"`, `--appendonly, "no"`, "--appendonly yes"},
		{"a Redis without a volume", composition, `volumes: ["redis:/data"]`, "volumes: []", "goes with its container"},
		{"a Redis for everybody", composition, "    image: valkey/", "    ports: [\"6379:6379\"]\n    image: valkey/", "open to the network"},
		{"a stop shorter than the drain", composition, "JOBS_DRAIN: 90s", "JOBS_DRAIN: 2m", "want at least the drain"},
		{"no health check", composition, "/usr/bin/jobs-agent, health", "/usr/bin/jobs-agent, version", "want jobs-agent health"},
		{"agents that do not wait for Redis", composition, "service_healthy", "service_started", "before its Redis answers"},
		{"two agents of one name", composition, "JOBS_NAME: agent-3", "JOBS_NAME: agent-2", "with 2 names"},
		{"gossip at another's address", composition, `"agent-3:7946"`, `"agent-2:7946"`, "without an address of its own"},
		{"a key for all the world", composition, `"${JOBS_GOSSIP_KEY:?32 characters, the same for all agents: openssl rand -hex 16}"`, "0123456789abcdef", "a key that has to be given"},
		{"rights", composition, "cap_drop: [ALL]", "cap_drop: []", "may do more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := read(t, tt.file)
			changed := strings.Replace(text, tt.old, tt.now, 1)
			if changed == text {
				t.Fatalf("%s does not say %q any more", tt.file, tt.old)
			}
			faults := judgeCompose(changed)
			if tt.file == images {
				faults = judgeImages(changed, read(t, "../../go.mod"))
			}
			if got := strings.Join(faults, "\n"); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
		})
	}
}
