package runners

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jobs-agent/jobs"
)

const (
	// httpTimeout ends a request whose job has no timeout.
	httpTimeout = 5 * time.Minute
	// maxAnswer is how much of the body of an answer is read; what is kept of it is
	// bounded like all output.
	maxAnswer    = 1 << 20
	maxRedirects = 10
)

// request is the payload of the http runner: a URL alone, or a JSON object.
type request struct {
	URL     string            `json:"url"`
	Method  string            `json:"method"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	// Expect are the status codes that count as success; empty: 200 to 299.
	Expect []int `json:"expect"`
	// ExpectBody is a text that the body of the answer must contain, within what is read
	// of it; empty: any body will do.
	ExpectBody string `json:"expect_body"`
}

// newHTTP makes the runner that sends requests. Without local it reaches no loopback,
// private or link-local address.
func newHTTP(local bool) jobs.RunnerFunc {
	allowed := public
	if local {
		allowed = func(string) error { return nil }
	}
	client := httpClient(allowed, nil)
	return func(ctx context.Context, a *jobs.Attempt) error { return send(ctx, client, a) }
}

// httpClient makes a client that asks about each address, with its port, when it dials
// it, so that a name that resolves to another one meanwhile, or a redirect, comes no
// further. A nil resolver is that of the host.
func httpClient(allowed func(address string) error, resolver *net.Resolver) *http.Client {
	dialer := &net.Dialer{
		Timeout: 10 * time.Second, Resolver: resolver,
		Control: func(_, address string, _ syscall.RawConn) error { return allowed(address) },
	}
	return &http.Client{
		Transport: &http.Transport{ // no Proxy: it would dial in place of us
			DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second, MaxIdleConnsPerHost: 4,
			IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) >= maxRedirects {
				return fmt.Errorf("stopped after %d redirects", maxRedirects)
			}
			return allowedURL(r.URL)
		},
	}
}

// public refuses addresses of this host and of the networks around it.
func public(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, err)
	}
	ip := at.Addr().Unmap()
	inside := slices.ContainsFunc(special(), func(p netip.Prefix) bool { return p.Contains(ip) })
	if ip.IsGlobalUnicast() && !ip.IsPrivate() && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() && !inside {
		return nil
	}
	return fmt.Errorf("%s is a private or local address, which the http runner reaches only where the agent allows it", ip)
}

// special are networks of the registries of RFC 6890 that may lead to this host or to
// those around it, besides the private ones that netip knows.
var special = sync.OnceValue(func() (list []netip.Prefix) {
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", // this network; behind carriers and in clouds
		"192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", // protocols, benchmarks, reserved
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", // IPv4 within IPv6
	} {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
})

func allowedURL(u *url.URL) error {
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%q is no http or https URL", u.Redacted())
	}
	return nil
}

func parseRequest(payload string) (request, error) {
	r := request{URL: strings.TrimSpace(payload)}
	if strings.HasPrefix(r.URL, "{") {
		r = request{}
		d := json.NewDecoder(strings.NewReader(payload))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			return r, fmt.Errorf("read the payload, a JSON object with url, method, headers, body, expect and expect_body: %w", err)
		}
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return r, errors.New("the payload is neither a URL nor a JSON object with one")
	}
	if r.Method == "" {
		r.Method = http.MethodGet
		if r.Body != "" {
			r.Method = http.MethodPost
		}
	}
	return r, allowedURL(u)
}

// send makes the request of an attempt. The body of the answer is its output, the
// status its result.
func send(ctx context.Context, client *http.Client, a *jobs.Attempt) error {
	r, err := parseRequest(a.Payload)
	if err != nil {
		return fmt.Errorf("http: %w", err)
	}
	if a.Timeout == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, httpTimeout, fmt.Errorf("no answer within %v", httpTimeout))
		defer cancel()
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, strings.NewReader(r.Body))
	if err != nil {
		return fmt.Errorf("http: %w", err)
	}
	for name, value := range r.Headers {
		req.Header.Set(name, value)
	}
	req.Header.Set("Idempotency-Key", idempotencyKey(a))
	answer, err := client.Do(req)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return fmt.Errorf("http: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	var body strings.Builder
	to := a.Output
	if r.ExpectBody != "" {
		to = io.MultiWriter(to, &body)
	}
	_, err = io.Copy(to, io.LimitReader(answer.Body, maxAnswer))
	a.Result = answer.Status
	switch good := answer.StatusCode >= 200 && answer.StatusCode < 300; {
	case len(r.Expect) > 0 && !slices.Contains(r.Expect, answer.StatusCode), len(r.Expect) == 0 && !good:
		return fmt.Errorf("http: %s answered %s", req.URL.Redacted(), answer.Status)
	case r.ExpectBody != "" && !strings.Contains(body.String(), r.ExpectBody):
		return fmt.Errorf("http: %s answered %s without the text %.100q in its body", req.URL.Redacted(), answer.Status, r.ExpectBody)
	case err != nil:
		return fmt.Errorf("http: read the answer of %s: %w", req.URL.Redacted(), err)
	}
	return nil
}
