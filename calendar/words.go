package calendar

import "github.com/jobs-agent/jobs"

// Words says when a schedule is due.
func Words(s jobs.Schedule) string { return s.Cron }
