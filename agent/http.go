package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
)

// server answers /livez, /readyz and /metrics.
type server struct {
	listener net.Listener
	http     *http.Server
}

func (s *server) address() string {
	if s == nil {
		return ""
	}
	return s.listener.Addr().String()
}

func (a *Agent) startHTTP(context.Context) error {
	if a.cfg.HTTP == "" {
		return nil
	}
	listener, err := net.Listen("tcp", a.cfg.HTTP)
	if err != nil {
		return fmt.Errorf("address %s: %w; choose another with --http", a.cfg.HTTP, err)
	}
	a.http = &server{listener: listener, http: &http.Server{
		Handler: a.handler(), ReadHeaderTimeout: 5 * time.Second, ErrorLog: zap.NewStdLog(a.log.Named("http")),
	}}
	a.started("http", func(ctx context.Context) error {
		err := a.http.http.Serve(listener)
		if errors.Is(err, http.ErrServerClosed) {
			<-ctx.Done()
			return nil
		}
		return err
	})
	a.onStop("http requests", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		return a.http.http.Shutdown(ctx)
	})
	return nil
}

func (a *Agent) handler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registry.MustRegister(&metrics{agent: a})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		if why := a.Stuck(); why != "" {
			answer(w, http.StatusServiceUnavailable, why)
			return
		}
		answer(w, http.StatusOK, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if why := a.unready(); why != "" {
			answer(w, http.StatusServiceUnavailable, why)
			return
		}
		answer(w, http.StatusOK, "ok")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}

// unready says why the agent is not ready; empty when it is.
func (a *Agent) unready() string {
	select {
	case <-a.ready:
	default:
		return "starting"
	}
	if why := a.troubles.reason(); why != "" {
		return why
	}
	if !a.beat.fresh() {
		return "redis does not answer"
	}
	return ""
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text) // the client is gone
}
