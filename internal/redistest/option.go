package redistest

// Option changes how a server is started.
type Option func(*Server)

// AOF turns the append-only file on; fsync is "always", "everysec" or "no".
// Without it a server forgets everything when it ends.
func AOF(fsync string) Option {
	return Args("--appendonly", "yes", "--appendfsync", fsync)
}

// Password makes the server ask for a password.
func Password(password string) Option {
	return func(s *Server) {
		s.password = password
		s.args = append(s.args, "--requirepass", password)
	}
}

// TCP makes the server listen on a loopback port as well, and Addr and URL name
// that port. Without it the server has a unix socket only.
func TCP() Option {
	return func(s *Server) { s.tcp = true }
}

// Args passes more configuration to the server, as on its command line:
// Args("--maxmemory", "1mb").
func Args(args ...string) Option {
	return func(s *Server) { s.args = append(s.args, args...) }
}
