package runners

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jobs-agent/jobs"
)

// outsideIP is an address of this host that plays one of the world in tests.
const outsideIP = "127.0.0.2"

// outside lets requests pass to that address and to what is public.
func outside(address string) error {
	if host, _, _ := net.SplitHostPort(address); host == outsideIP {
		return nil
	}
	return public(address)
}

// serveOn serves on an address of this host, at a port that is free there and on
// 127.0.0.1, or at one that is given.
func serveOn(t *testing.T, address string, handle http.HandlerFunc) (port string) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("this host has no such address: %v", err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handle}} //nolint:gosec // a test's
	server.Start()
	t.Cleanup(server.Close)
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port
}

func refused(t *testing.T, client *http.Client, url string) {
	t.Helper()
	err := send(t.Context(), client, &jobs.Attempt{Run: "a@1000.1", Payload: url, Output: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1 is a private or local address") {
		t.Errorf("%s: got %v, want it refused as local", url, err)
	}
}

func TestHTTPFollowsNoRedirectToALocalAddress(t *testing.T) {
	t.Parallel()
	var reached atomic.Bool
	inside := serveOn(t, "127.0.0.1:0", func(http.ResponseWriter, *http.Request) { reached.Store(true) })
	for _, target := range []string{"http://127.0.0.1:", "http://localhost:"} {
		port := serveOn(t, outsideIP+":0", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, target+inside, http.StatusFound)
		})
		client := httpClient(func(address string) error {
			if strings.HasPrefix(address, "[::1]") {
				address = "127.0.0.1:1" // localhost has both, and which one comes first is the host's
			}
			return outside(address)
		}, nil)
		refused(t, client, "http://"+outsideIP+":"+port)
	}
	if reached.Load() {
		t.Error("it was reached all the same")
	}
}

// A name that resolves to an address of the world first and to one of this host then.
func TestHTTPIsNotFooledByDNSRebinding(t *testing.T) {
	t.Parallel()
	var reached atomic.Bool
	port := serveOn(t, outsideIP+":0", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	serveOn(t, "127.0.0.1:"+port, func(http.ResponseWriter, *http.Request) { reached.Store(true) })
	client := httpClient(outside, rebinding(t, net.ParseIP(outsideIP), net.ParseIP("127.0.0.1")))
	url := "http://rebind.test:" + port
	if err := send(t.Context(), client, &jobs.Attempt{Run: "a@1000.1", Payload: url, Output: io.Discard}); err != nil {
		t.Fatalf("before the name was bound anew: %v", err)
	}
	refused(t, client, url)
	if reached.Load() {
		t.Error("it was reached all the same")
	}
}

// rebinding is a resolver that answers questions for IPv4 addresses with these in
// turn, and the last one from then on.
func rebinding(t *testing.T, answers ...net.IP) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		packet := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(packet)
			if err != nil {
				return
			}
			answer, asked := dnsAnswer(packet[:n], answers[0])
			if asked && len(answers) > 1 {
				answers = answers[1:]
			}
			_, _ = server.WriteTo(answer, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// dnsAnswer answers the one question of a packet, and whether it was for an IPv4
// address; to others the answer is that there is none (RFC 1035, section 4).
func dnsAnswer(query []byte, ip net.IP) (answer []byte, asked bool) {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5 // the root, type and class
	asked = query[end-3] == 1
	answer = append(answer, query[:end]...)
	copy(answer[2:12], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
	if asked {
		answer[7] = 1
		answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		answer = append(answer, ip.To4()...)
	}
	return answer, asked
}
