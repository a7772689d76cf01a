package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// floorplan says which rooms each room may import: the table of docs/architecture.md. A room is a folder; the longest
// matching key holds for a folder that has none of its own. "x/..." allows x and everything below it.
var floorplan = map[string][]string{
	".": {"internal/config", "session", "ui", "ui/cli"},

	"internal/trace":  {},
	"internal/mail":   {},
	"internal/config": {},
	"internal/store":  {"internal/mail", "internal/store/walbuffer"},

	"internal/store/walbuffer": {},

	"protocols/wire":    {"internal/trace"},
	"protocols/sasl":    {"internal/trace"},
	"protocols/dns":     {"protocols/wire", "internal/trace", "internal/mail"},
	"protocols/smtp":    {"protocols/wire", "protocols/sasl", "internal/trace", "internal/mail"},
	"protocols/imap":    {"protocols/wire", "protocols/sasl", "internal/trace", "internal/mail"},
	"protocols/pop3":    {"protocols/wire", "protocols/sasl", "internal/trace", "internal/mail"},
	"protocols/interop": {}, // starts foreign servers for tests

	"embedded-server":          {"embedded-server/...", "internal/trace", "internal/mail"},
	"embedded-server/fault":    {"internal/trace"},
	"embedded-server/distance": {},
	"embedded-server/maildrop": {"internal/mail"},
	"embedded-server/dialogue": {"embedded-server/fault", "internal/trace"},
	"embedded-server/smtpd":    {"embedded-server/fault", "embedded-server/dialogue", "internal/trace"},
	"embedded-server/imapd":    {"embedded-server/fault", "embedded-server/dialogue", "embedded-server/maildrop", "internal/trace", "internal/mail"},
	"embedded-server/pop3d":    {"embedded-server/fault", "embedded-server/dialogue", "embedded-server/maildrop", "internal/trace", "internal/mail"},
	"embedded-server/dnsd":     {"embedded-server/fault", "internal/trace"},
	"embedded-server/httpd":    {"embedded-server/fault", "internal/trace"},
	"embedded-server/post":     {"embedded-server/fault", "embedded-server/maildrop", "internal/trace", "internal/mail"},
	"embedded-server/seed":     {"embedded-server/maildrop", "internal/mail"},

	"diag/reason":    {"internal/trace", "internal/mail"},
	"diag/bounce":    {"diag/reason", "internal/mail"},
	"diag/explain":   {"diag/reason", "protocols/...", "internal/trace", "internal/mail"},
	"diag/provider":  {},
	"diag/ladder":    {"diag/explain", "diag/provider", "protocols/...", "internal/trace", "internal/mail"},
	"diag/delivery":  {"diag/explain", "diag/reason", "diag/ladder", "diag/policy", "protocols/...", "internal/trace", "internal/mail"},
	"diag/compare":   {"diag/explain", "diag/ladder", "diag/provider", "protocols/...", "internal/trace", "internal/mail"},
	"diag/change":    {"diag/compare", "diag/delivery", "diag/explain", "protocols/...", "internal/trace"},
	"diag/headers":   {"internal/trace", "internal/mail"},
	"diag/policy":    {"protocols/...", "internal/trace", "internal/mail"},
	"diag/worldtest": {"embedded-server", "embedded-server/fault", "protocols/wire"}, // for tests only

	"session/account":  {"protocols/...", "internal/..."},
	"session/mailsync": {"protocols/...", "internal/..."},
	"session/outbox":   {"protocols/...", "internal/..."},
	"session":          {"session/account", "session/mailsync", "session/outbox", "diag/...", "protocols/...", "embedded-server", "embedded-server/fault", "internal/..."},

	"ui/theme":   {"ui/text"},
	"ui/text":    {},
	"ui/keys":    {"ui/text", "internal/config"},
	"ui/widget":  {"ui/theme", "ui/keys", "ui/text", "session", "diag/...", "internal/trace", "internal/mail"},
	"ui/screen":  {"ui/jobs", "ui/theme", "ui/keys", "ui/text", "session", "diag/...", "internal/trace", "internal/mail", "internal/config"},
	"ui/jobs":    {"ui/text", "internal/trace"},
	"ui/deed":    {"ui/screen", "ui/jobs", "ui/keys", "ui/text", "session", "diag/bounce", "internal/trace", "internal/mail"}, // what mailbox and reader do to messages
	"ui/changes": {"ui/text", "diag/change", "diag/explain", "internal/trace"},                                                // what changed between two runs, in words
	"ui/runs":    {"ui/page", "ui/screen", "ui/jobs", "ui/text", "session", "diag/change", "internal/trace"},                  // what tracer and versus do to runs
	"ui/page":    {"ui/text", "session", "diag/...", "internal/trace"},
	"ui/cli":     {"ui/text", "ui/page", "ui/changes", "session", "diag/...", "internal/trace", "internal/mail", "internal/config"},
	"ui":         {"ui/...", "session", "diag/...", "internal/trace", "internal/mail", "internal/config"},
}

// screens may use these rooms of ui and never one another.
var screenMayUse = []string{
	"ui/theme", "ui/keys", "ui/text", "ui/screen", "ui/widget", "ui/jobs", "ui/deed", "ui/page", "ui/changes", "ui/runs",
	"session", "diag/...", "internal/trace", "internal/mail", "internal/config",
}

// TestFloorplan fails for every import that runs up or across. Test files are exempt.
func TestFloorplan(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && p != "." || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		seen++
		checkImports(t, filepath.ToSlash(p))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 10 {
		t.Fatalf("only %d files were read: is this the project's root?", seen)
	}
}

func checkImports(t *testing.T, file string) {
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, src, parser.ImportsOnly)
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return
	}
	room := path.Dir(file)
	for _, spec := range f.Imports {
		name, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), "todoku/")
		if ours && !mayImport(room, name) {
			t.Errorf("%s: %s may not import %s (see docs/architecture.md)", file, room, name)
		}
	}
}

func mayImport(room, name string) bool {
	for _, allowed := range allowedFor(room) {
		base, below := strings.CutSuffix(allowed, "/...")
		if name == base || below && strings.HasPrefix(name, base+"/") {
			return true
		}
	}
	return false
}

func allowedFor(room string) []string {
	if rules, ok := floorplan[room]; ok {
		return rules
	}
	if strings.HasPrefix(room, "ui/") {
		return screenMayUse
	}
	for up := path.Dir(room); up != "."; up = path.Dir(up) {
		if rules, ok := floorplan[up]; ok {
			return rules
		}
	}
	return nil
}

func TestFloorplanRefusesUpwardImports(t *testing.T) {
	for _, c := range []struct {
		room, imports string
		want          bool
	}{
		{"protocols/imap", "protocols/wire", true},
		{"protocols/imap", "protocols/pop3", false},
		{"embedded-server/smtpd", "protocols/smtp", false},
		{"session/outbox", "session/mailsync", false},
		{"ui/mailbox", "ui/compose", false},
		{"ui/mailbox", "internal/store", false},
		{"ui", "ui/mailbox", true},
		{"internal/trace", "internal/mail", false},
		{"nowhere", "session", false},
	} {
		if got := mayImport(c.room, c.imports); got != c.want {
			t.Errorf("mayImport(%s, %s) = %v, want %v", c.room, c.imports, got, c.want)
		}
	}
}

// TestFloorplanNamesRooms fails for a name in the table that no folder has any more: a rule about nothing.
func TestFloorplanNamesRooms(t *testing.T) {
	named := append([]string{}, screenMayUse...)
	for room, allowed := range floorplan {
		named = append(append(named, room), allowed...)
	}
	for _, name := range named {
		dir, below := strings.CutSuffix(name, "/...")
		pattern := filepath.Join(filepath.FromSlash(dir), "*.go")
		if below {
			pattern = filepath.Join(filepath.FromSlash(dir), "*", "*.go")
		}
		if files, err := filepath.Glob(pattern); err != nil || len(files) == 0 {
			t.Errorf("the floor plan names %s, which holds no Go file (%v)", name, err)
		}
	}
}
