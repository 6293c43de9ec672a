package boardfile

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// The words of command lines, by what they tell about the program that does the work.
const (
	// starters only start what follows them; their flags are passed over.
	starters = "if then else elif while until do ! nice ionice chronic env sudo setsid nohup exec time timeout eval command systemd-cat flock runuser su"
	// interpreters are named by the script that they are given.
	interpreters = "sh bash dash php perl python python3 ruby node java run-parts"
	// fillers stand in front of the program, or take what it says.
	fillers = "cd sleep echo printf date grep mkdir logger umask ulimit export set unset true false : fi done esac case for in test [ [[ ] ]]"
)

var (
	quotedText = regexp.MustCompile(`\$\(\(.*?\)\)|'[^']*'|"[^"]*"|\$\([^()]*\)|` + "`[^`]*`")
	operators  = regexp.MustCompile(`&&|\|\||[;|&(){}<>]`)
	assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
	plainName  = regexp.MustCompile(`^[A-Za-z0-9_/][A-Za-z0-9_/.+-]*$`)
)

// program is the name of the program in a command line that most likely does the
// work; empty if none can be told.
func program(run string) string {
	run = quotedText.ReplaceAllString(run, " ' ")
	words := strings.Fields(operators.ReplaceAllString(run, " $0 "))
	weak := ""
	for i := 0; i < len(words); i++ {
		word := words[i]
		base := path.Base(word)
		switch {
		case word == ">", word == "<":
			i++ // the file
			continue
		case operators.MatchString(word), assignment.MatchString(word), strings.HasPrefix(word, "-"), !plainName.MatchString(base) && base != "[" && base != "[[", strings.Trim(word, "0123456789.") == "":
			continue
		case is(starters, base):
			if base == "command" && i+1 < len(words) && words[i+1] == "-v" || base == "flock" {
				i = firstPlain(words, i+1) // what is looked for, or the lock
			}
			continue
		case is(interpreters, base):
			if j := firstPlain(words, i+1); j < len(words) && (strings.Contains(words[j], "/") || strings.Contains(words[j], ".")) {
				return bareName(words[j])
			}
		case !is(fillers, base):
			return bareName(word)
		}
		if weak == "" && base != "[" && base != "[[" && base != "test" {
			weak = base
		}
		end := i + 1
		for end < len(words) && !slices.Contains([]string{"&&", "||", ";", "|", "&", "{", "}", "(", ")"}, words[end]) {
			end++
		}
		i = end
	}
	return weak
}

func is(list, word string) bool { return slices.Contains(strings.Fields(list), word) }

// firstPlain is the index of the first word from i on that is no flag.
func firstPlain(words []string, i int) int {
	for i < len(words) && !plainName.MatchString(words[i]) {
		i++
	}
	return i
}

func bareName(word string) string {
	base := path.Base(word)
	for _, end := range []string{".sh", ".php", ".pl", ".py", ".rb"} {
		base = strings.TrimSuffix(base, end)
	}
	return base
}
