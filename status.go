package jobs

// AgentStatus is how an agent describes itself to the others through Redis; see
// the command JBEAT. Times are Unix seconds.
type AgentStatus struct {
	Seen    float64           `json:"seen,omitempty"` // by Redis' clock; JBEAT writes it
	Host    string            `json:"host,omitempty"`
	Addr    string            `json:"addr,omitempty"` // where it gossips, host:port
	HTTP    string            `json:"http,omitempty"` // where it serves health and metrics
	Version string            `json:"version,omitempty"`
	PID     int               `json:"pid,omitempty"`
	Runners []string          `json:"runners"`
	Labels  map[string]string `json:"labels,omitempty"`
	Running int               `json:"running"`
	Started float64           `json:"started,omitempty"`
}
