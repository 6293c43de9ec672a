package runners

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jobs-agent/jobs"
)

// Program is an executable jobs-TYPE-runner in a runner folder.
type Program struct {
	Type string
	File string
}

// Spec is the program as New takes it.
func (p Program) Spec() string {
	return p.Type + "=exec '" + strings.ReplaceAll(p.File, "'", `'\''`) + "'"
}

// Folders finds the programs in runner folders, those of earlier folders first and one
// for each type. Remarks say what was passed over, and why: whatever somebody else
// than root and the agent's user may change would let them execute what they like.
func Folders(folders []string) (found []Program, remarks []string) {
	types := map[string]string{}
	for _, folder := range folders {
		files, err := programs(folder)
		if err != nil {
			remarks = append(remarks, fmt.Sprintf("runner folder %s is passed over: %v", folder, err))
			continue
		}
		for _, file := range files {
			kind := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "jobs-"), "-runner")
			err := trusted(file, false)
			if err == nil {
				err = jobs.ValidateRunner(kind)
			}
			if first, taken := types[kind]; err == nil && taken {
				err = fmt.Errorf("%s comes first", first)
			}
			if err != nil {
				remarks = append(remarks, fmt.Sprintf("%s is passed over: %v", file, err))
				continue
			}
			types[kind] = file
			found = append(found, Program{Type: kind, File: file})
		}
	}
	return found, remarks
}

// programs lists the files in a folder that are called as a runner is, sorted.
func programs(folder string) ([]string, error) {
	if !filepath.IsAbs(folder) {
		return nil, fmt.Errorf("want an absolute path")
	}
	if err := trusted(folder, true); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, "jobs-") && strings.HasSuffix(name, "-runner") && len(name) > len("jobs--runner") {
			files = append(files, filepath.Join(folder, name))
		}
	}
	return files, nil
}

// trusted refuses what others may write.
func trusted(path string, folder bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	owner, known := ownerOf(info)
	switch mode := info.Mode(); {
	case folder && !mode.IsDir():
		return fmt.Errorf("it is no folder")
	case !folder && !mode.IsRegular():
		return fmt.Errorf("it is no file")
	case mode.Perm()&0o002 != 0:
		return fmt.Errorf("everybody may write it (mode %04o): chmod o-w %s", mode.Perm(), path)
	case !folder && mode.Perm()&0o111 == 0:
		return fmt.Errorf("it is not executable: chmod +x %s", path)
	case known && owner != 0 && owner != os.Geteuid():
		return fmt.Errorf("it belongs to user %d, who is neither root nor the agent's", owner)
	}
	return nil
}
