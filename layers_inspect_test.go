package jobs_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// row is one line of the import table; folders are separated by blanks.
type row struct{ imports, tests string }

// maxLines is where a file should long have been divided.
const maxLines = 420

// nameless are folder names that say nothing of what is inside.
const nameless = "util utils common types models helpers pkg mocks"

// writing are the methods of a Redis client that change data. They are looked
// for by name, in calls whose first argument is a context.
const writing = "Append BLMove BLMPop BLPop BRPop BRPopLPush BZMPop BZPopMax BZPopMin BitField BitOp Copy " +
	"Decr DecrBy Del Do Eval EvalSha Expire ExpireAt FCall FlushAll FlushDB FunctionLoad GetDel GetEx GetSet " +
	"HDel HExpire HIncrBy HIncrByFloat HMSet HSet HSetEX HSetNX Incr IncrBy IncrByFloat LInsert LMove LMPop " +
	"LPop LPush LPushX LRem LSet LTrim MSet MSetNX Migrate Move PExpire PExpireAt PFAdd PFMerge Persist Publish " +
	"RPop RPopLPush RPush RPushX Rename RenameNX Restore RestoreReplace SAdd SMove SPop SPublish SRem " +
	"ScriptLoad Set SetArgs SetBit SetEx SetNX SetRange SetXX SwapDB Unlink XAck XAdd XAutoClaim XClaim XDel " +
	"XGroupCreate XGroupCreateMkStream XReadGroup XTrimMaxLen XTrimMinID ZAdd ZAddArgs ZAddNX ZAddXX ZIncrBy " +
	"ZMPop ZPopMax ZPopMin ZRangeStore ZRem ZRemRangeByLex ZRemRangeByRank ZRemRangeByScore"

// inspection compares one source tree with the tables.
type inspection struct {
	tree   fs.FS
	module string
	files  *token.FileSet
	faults []string
	seen   map[string]bool // folders already judged
}

// inspect answers what in the tree contradicts the tables, a line a fault.
func inspect(tree fs.FS) ([]string, error) {
	mod, err := fs.ReadFile(tree, "go.mod")
	if err != nil {
		return nil, err
	}
	name, _, _ := strings.Cut(string(mod), "\n")
	in := &inspection{
		tree: tree, files: token.NewFileSet(), seen: map[string]bool{},
		module: strings.TrimSpace(strings.TrimPrefix(name, "module ")),
	}
	err = fs.WalkDir(tree, ".", in.visit)
	return in.faults, err
}

func (in *inspection) visit(file string, entry fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	if entry.IsDir() {
		if file == "." {
			return nil
		}
		_, err := fs.Stat(in.tree, path.Join(file, "go.mod"))
		if err == nil || entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") {
			return fs.SkipDir
		}
		return nil
	}
	if !strings.HasSuffix(file, ".go") {
		return nil
	}
	text, err := fs.ReadFile(in.tree, file)
	if err != nil {
		return err
	}
	parsed, err := parser.ParseFile(in.files, file, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	if n := bytes.Count(text, []byte("\n")); n > maxLines {
		in.fault(file, "has %d lines, more than %d", n, maxLines)
	}
	in.folder(path.Dir(file))
	in.imports(file, parsed)
	return nil
}

func (in *inspection) fault(where, format string, args ...any) {
	in.faults = append(in.faults, where+": "+fmt.Sprintf(format, args...))
}

// folder judges the name of a folder and whether it has a row.
func (in *inspection) folder(folder string) {
	if in.seen[folder] {
		return
	}
	in.seen[folder] = true
	for _, part := range strings.Split(folder, "/") {
		if listed(nameless, part) {
			in.fault(folder, "says nothing by its name (%s)", part)
			return
		}
	}
	if _, ok := rowOf(folder); !ok {
		in.fault(folder, "has no row in layers_test.go")
	}
}

// imports judges the imports of a file and, where it imports the Redis client,
// its calls.
func (in *inspection) imports(file string, parsed *ast.File) {
	folder, test := path.Dir(file), strings.HasSuffix(file, "_test.go")
	for _, spec := range parsed.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			in.fault(file, "%v", err)
			continue
		}
		first, _, _ := strings.Cut(target, "/")
		switch own, ours := in.own(target); {
		case ours:
			if !mayImport(folder, own, test) {
				in.fault(file, "may not import %s", own)
			}
		case !strings.Contains(first, ".") || test:
		case folder == ".":
			in.fault(file, "the root may import the standard library only, not %s", target)
		case !mayUse(folder, target):
			in.fault(file, "may not import %s", target)
		case strings.HasPrefix(target, "github.com/redis/go-redis/") && !listed(writers, folder):
			in.calls(file, parsed)
		}
	}
}

// own answers the folder of this module that an import path names.
func (in *inspection) own(target string) (string, bool) {
	if target == in.module {
		return ".", true
	}
	return strings.CutPrefix(target, in.module+"/")
}

// calls looks for calls that change Redis.
func (in *inspection) calls(file string, parsed *ast.File) {
	ast.Inspect(parsed, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		name := method.Sel.Name
		if name == "NewScript" || listed(writing, name) && len(call.Args) > 0 && isContext(call.Args[0]) {
			at := in.files.Position(call.Pos())
			in.fault(fmt.Sprintf("%s:%d", file, at.Line), "calls %s: only scripts writes to Redis", name)
		}
		return true
	})
}

// isContext tells by its looks whether an argument is a context.
func isContext(arg ast.Expr) bool {
	switch arg := arg.(type) {
	case *ast.Ident:
		return strings.HasSuffix(strings.ToLower(arg.Name), "ctx")
	case *ast.SelectorExpr:
		return strings.HasSuffix(strings.ToLower(arg.Sel.Name), "ctx")
	case *ast.CallExpr:
		f, ok := arg.Fun.(*ast.SelectorExpr)
		return ok && slices.Contains([]string{"Context", "Background", "TODO", "WithoutCancel"}, f.Sel.Name)
	}
	return false
}

// rowOf answers the row of a folder: its own or that of NAME/... above it.
func rowOf(folder string) (row, bool) {
	r, ok := house[folder]
	for up := folder; !ok && up != "."; up = path.Dir(up) {
		r, ok = house[up+"/..."]
	}
	return r, ok
}

func mayImport(folder, target string, test bool) bool {
	r, _ := rowOf(folder)
	if listed(r.imports, target) || listed(r.imports, "*") && target != "internal/redistest" {
		return true
	}
	return test && (target == folder || target == "." || target == "internal/redistest" || listed(r.tests, target))
}

func mayUse(folder, target string) bool {
	for module, folders := range outside {
		if target == module || strings.HasPrefix(target, module+"/") {
			return listed(folders, folder) || strings.HasPrefix(folder, "test/")
		}
	}
	return true
}

func listed(list, word string) bool { return slices.Contains(strings.Fields(list), word) }
