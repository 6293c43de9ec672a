package boardfile_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs/boardfile"
)

// The shell makes of an imported command what it makes of it under cron.
func TestImportedCommandsDoWhatCronDoes(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"a command", `* * * * * echo "a  b" 'c"d' \\ e`, "a  b c\"d \\ e\n"},
		{"a percent sign", `* * * * * printf '\%s-' x`, "x-"},
		{"standard input", `* * * * * cat -%a 'b'%%c\%d %`, "a 'b'\n\nc%d \n\n"},
		{"standard input for the second of two commands alone", "* * * * * echo one && cat%two", "one\ntwo\n"},
		{"a comment at the end, and input", "* * * * * cat # why%x", "x\n"},
		{"variables", "A=x y\nB='it\"s'\n* * * * * echo \"$A\" \"$B\"", "x y it\"s\n"},
		{"a variable is not expanded by cron", "A=$B\nB=b\n* * * * * echo \"$A\"", "$B\n"},
		{"variables reach programs", "A=1\n* * * * * sh -c 'echo $A'", "1\n"},
		{"another shell", "SHELL=/bin/bash\n* * * * * x=(1 2); echo ${#x[@]} ${BASH_VERSION:+bash}", "2 bash\n"},
		{"another shell, variables and input", "SHELL=/bin/bash\nA=q\n* * * * * read l; echo \"$A$l\"%it's", "qit's\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(tt.text, "/bin/bash") {
				if _, err := exec.LookPath("/bin/bash"); err != nil {
					t.Skip("there is no /bin/bash here")
				}
			}
			m := boardfile.ReadCrontabs([]boardfile.Crontab{{Name: "crontab", Text: []byte(tt.text)}}, "UTC")
			if len(m.Jobs) != 1 {
				t.Fatalf("got %d jobs, lost %+v", len(m.Jobs), m.Lost)
			}
			out, err := exec.Command("/bin/sh", "-c", "--", m.Jobs[0].Payload).CombinedOutput()
			if err != nil || string(out) != tt.want {
				t.Errorf("got %q, %v, want %q, of\n%s", out, err, tt.want, m.Jobs[0].Payload)
			}
		})
	}
}
