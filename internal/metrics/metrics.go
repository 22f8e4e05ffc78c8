// Package metrics counts what the program does and shows it to Prometheus. It
// knows what can be counted; it must not know who counts it, nor HTTP servers.
package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"zoom-phone-mcp/internal/budget"
	"zoom-phone-mcp/internal/gateway"
)

const namespace = "zoom_phone_mcp"

// Metrics are the counters of one program, on a registry of their own.
type Metrics struct {
	registry *prometheus.Registry

	calls     *prometheus.CounterVec
	latency   *prometheus.HistogramVec
	bytes     *prometheus.CounterVec
	upstream  *prometheus.CounterVec
	waits     *prometheus.HistogramVec
	retries   *prometheus.CounterVec
	admitted  *prometheus.CounterVec
	refused   *prometheus.CounterVec
	refreshes *prometheus.CounterVec
}

// New makes the counters. version is the program's.
func New(version string) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	}
	m := &Metrics{
		registry:  prometheus.NewRegistry(),
		calls:     counter("calls_total", "Calls of methods by outcome: ok, or the kind of the error.", "method", "outcome"),
		latency:   histogram("call_duration_seconds", "Time from a call to its answer.", []float64{.025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120}, "method"),
		bytes:     counter("answer_bytes_total", "Bytes answered.", "method"),
		upstream:  counter("upstream_responses_total", "Last HTTP status of Zoom for each call, by Zoom's rate-limit label; 0 for no answer.", "label", "status"),
		waits:     histogram("rate_wait_seconds", "Time calls waited for their turn under the rate limits and between attempts, of those that did.", []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}, "label"),
		retries:   counter("upstream_retries_total", "Requests sent to Zoom beyond the first of a call.", "label"),
		admitted:  counter("calls_by_key_total", "Tool and REST calls by the name of the API key; oauth for tokens.", "key"),
		refused:   counter("http_refused_total", "Requests over HTTP that were not let in: host, origin, credential or busy.", "reason"),
		refreshes: counter("token_refreshes_total", "Access tokens asked of Zoom by outcome: ok or error.", "outcome"),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "1, with the version.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(
		m.calls, m.latency, m.bytes, m.upstream, m.waits, m.retries, m.admitted, m.refused, m.refreshes, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// Sessions shows the sessions that are open, as count tells whenever it is asked.
func (m *Metrics) Sessions(count func() (streamable, sse int)) {
	gauge := func(transport string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: namespace, Name: "sessions", Help: "MCP sessions open over HTTP.",
			ConstLabels: prometheus.Labels{"transport": transport},
		}, func() float64 { return float64(value()) })
	}
	m.registry.MustRegister(
		gauge("streamable", func() int { n, _ := count(); return n }),
		gauge("sse", func() int { _, n := count(); return n }),
	)
}

// Memory shows what the process's memory is used for, as uses tells whenever it is asked.
func (m *Metrics) Memory(uses func() []budget.Use) {
	for i, u := range uses() {
		gauge := func(name, help string, value func(budget.Use) int64) {
			m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Namespace: namespace, Name: name, Help: help, ConstLabels: prometheus.Labels{"part": u.Name},
			}, func() float64 { return float64(value(uses()[i])) }))
		}
		gauge("memory_limit_bytes", "Memory that calls may take: work, small takes, databases of questions.", func(u budget.Use) int64 { return u.Limit })
		gauge("memory_used_bytes", "Memory that calls have taken.", func(u budget.Use) int64 { return u.Used })
		gauge("memory_waiting", "Calls that wait for memory.", func(u budget.Use) int64 { return u.Waiting })
	}
}

// Bound shows a bound and what is in use of it, as use tells whenever it is asked.
func (m *Metrics) Bound(name string, limit int, use func() int) {
	labels := prometheus.Labels{"bound": name}
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: "bound_limit", Help: "Most of what may be under way at once.", ConstLabels: labels},
			func() float64 { return float64(limit) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: "bound_used", Help: "How much is under way.", ConstLabels: labels},
			func() float64 { return float64(use()) }),
	)
}

// Handler serves the counters.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Timeout: 10 * time.Second, MaxRequestsInFlight: 4})
}

// Called counts a call. It makes Metrics a gateway.Observer.
func (m *Metrics) Called(r gateway.Record) {
	method := r.Method
	if method == "" {
		method = "unknown"
	}
	m.calls.WithLabelValues(method, r.Outcome).Inc()
	if r.Took > 0 {
		m.latency.WithLabelValues(method).Observe(r.Took.Seconds())
	}
	if r.Bytes > 0 {
		m.bytes.WithLabelValues(method).Add(float64(r.Bytes))
	}
	label := r.Label
	if label == "" {
		label = "none"
	}
	if r.Attempts > 0 {
		m.upstream.WithLabelValues(label, strconv.Itoa(r.Status)).Inc()
		m.retries.WithLabelValues(label).Add(float64(r.Attempts - 1))
	}
	if r.Waited > 0 {
		m.waits.WithLabelValues(label).Observe(r.Waited.Seconds())
	}
}

// Admitted counts calls by caller.
func (m *Metrics) Admitted(caller string, calls int) {
	m.admitted.WithLabelValues(caller).Add(float64(calls))
}

// Refused counts a request that was not let in.
func (m *Metrics) Refused(reason string) { m.refused.WithLabelValues(reason).Inc() }

// Refreshed counts a request for an access token.
func (m *Metrics) Refreshed(err error) {
	outcome := "ok"
	if err != nil {
		outcome = "error"
	}
	m.refreshes.WithLabelValues(outcome).Inc()
}
