package runners

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

const (
	// minSecret is the shortest secret that is taken. Shorter ones would be found all
	// over the output, and their blots would tell where.
	minSecret = 6
	// maxSecret bounds one secret, maxSecrets those of a type together.
	maxSecret  = 16 << 10
	maxSecrets = 64 << 10
	// askSecret is how long a command may take to print a secret.
	askSecret = 10 * time.Second
)

// Secret says where the host finds the value of a variable: in exactly one place.
type Secret struct {
	File    string // its content, without the line ends behind it
	Env     string // a variable of the agent
	Command string // what a command line prints, without the line ends behind it
}

// String names the place, never the value.
func (s Secret) String() string {
	switch {
	case s.File != "":
		return "file " + s.File
	case s.Env != "":
		return "env " + s.Env
	}
	return "command " + strconv.Quote(s.Command)
}

func (s Secret) validate() error {
	places := 0
	for _, place := range []string{s.File, s.Env, s.Command} {
		if place != "" {
			places++
		}
	}
	if places != 1 {
		return errors.New("it has to name exactly one of file, env and command")
	}
	return nil
}

// checkSecret refuses what no variable may be called, and what names no place.
func checkSecret(name string, s Secret) error {
	if !variable(name) {
		return fmt.Errorf("env_from %q: want a name of letters, digits and underscores that begins with none of the digits", name)
	}
	if strings.HasPrefix(name, "JOBS_") && ours(name) {
		return fmt.Errorf("env_from %s: that variable tells programs of their run", name)
	}
	if err := s.validate(); err != nil {
		return fmt.Errorf("env_from %s: %w", name, err)
	}
	return nil
}

func variable(name string) bool {
	for i, r := range name {
		digit := r >= '0' && r <= '9'
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !digit || i == 0 && digit {
			return false
		}
	}
	return name != ""
}

// read answers the value. No error tells anything of it.
func (s Secret) read() (string, error) {
	value := ""
	switch {
	case s.File != "":
		text, err := os.ReadFile(s.File)
		if err != nil {
			return "", err
		}
		value = strings.TrimRight(string(text), "\r\n")
	case s.Env != "":
		var ok bool
		if value, ok = os.LookupEnv(s.Env); !ok {
			return "", errors.New("the agent has no such variable")
		}
	default:
		ctx, cancel := context.WithTimeout(context.Background(), askSecret)
		defer cancel()
		ask := exec.CommandContext(ctx, "/bin/sh", "-c", s.Command)
		ask.WaitDelay = time.Second
		text, err := ask.Output()
		if ctx.Err() != nil {
			return "", fmt.Errorf("it printed nothing whole within %v", askSecret)
		}
		if err != nil {
			return "", err // an exit code; what it printed stays untold
		}
		value = strings.TrimRight(string(text), "\r\n")
	}
	switch {
	case len(value) < minSecret:
		return "", fmt.Errorf("the secret has %d bytes, at least %d are needed: a shorter one cannot be masked", len(value), minSecret)
	case len(value) > maxSecret:
		return "", fmt.Errorf("the secret has %d bytes, at most %d are taken", len(value), maxSecret)
	case strings.Contains(value, "\x00"):
		return "", errors.New("the secret holds a NUL byte, which no variable takes")
	}
	return value, nil
}

// readSecrets answers the variables NAME=VALUE, and what finds their values in output.
func readSecrets(secrets map[string]Secret) (env []string, m *matcher, err error) {
	var texts []string
	total := 0
	for _, name := range sortedKeys(secrets) {
		if err := checkSecret(name, secrets[name]); err != nil {
			return nil, nil, err
		}
		value, err := secrets[name].read()
		if err != nil {
			return nil, nil, fmt.Errorf("env_from %s, %s: %w", name, secrets[name], err)
		}
		if total += len(value); total > maxSecrets {
			return nil, nil, fmt.Errorf("env_from: the secrets have more than %d bytes together", maxSecrets)
		}
		env = append(env, name+"="+value)
		texts = append(texts, guises(value)...)
	}
	if len(texts) == 0 {
		return nil, nil, nil
	}
	return env, newMatcher(texts), nil
}

// guises are the texts by which a secret is known: itself, its lines, and both as
// they look in base64, in a URL and quoted in JSON.
func guises(secret string) []string {
	var texts []string
	add := func(text string) {
		if len(text) >= minSecret {
			texts = append(texts, text)
		}
	}
	for _, part := range append([]string{secret}, strings.Split(secret, "\n")...) {
		part = strings.TrimSpace(part)
		add(part)
		if len(part) < minSecret {
			continue
		}
		add(url.QueryEscape(part))
		add(url.PathEscape(part))
		quoted := strconv.Quote(part)
		add(quoted[1 : len(quoted)-1])
		add(base64.StdEncoding.EncodeToString([]byte(part)))
		add(base64.URLEncoding.EncodeToString([]byte(part)))
		for shift := range 3 {
			add(base64Core(base64.StdEncoding, part, shift))
			add(base64Core(base64.URLEncoding, part, shift))
		}
	}
	add(secret) // with the blanks around it
	return texts
}

// base64Core is what base64 makes of a secret that begins at a place whose number has
// the rest shift by three, without the letters that its neighbours have part in.
func base64Core(enc *base64.Encoding, secret string, shift int) string {
	text := enc.WithPadding(base64.NoPadding).EncodeToString(append(make([]byte, shift), secret...))
	begin := (shift*8 + 5) / 6
	end := (shift + len(secret)) * 8 / 6
	return text[begin:end]
}
