package explain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"todoku/diag/reason"
	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/protocols/dns"
)

// codeForm is what a code looks like; the first word is that of a room that makes findings or errors.
var codeForm = regexp.MustCompile(`^(auth|smtp|pop3|imap|wire|tls|dial|dns|dnssec|proto|store|sync|secret|compose|send|change|compare|folder|message|draft|file|account|trace|local|doctor|policy|run)\.[a-z0-9]+[a-z0-9.-]*$`)

// TestEveryCodeInTheSourceHasWords walks the rooms whose errors and findings people see: each code that stands there as
// a text has an entry of its own.
func TestEveryCodeInTheSourceHasWords(t *testing.T) {
	found := 0
	for _, room := range []string{"protocols", "session", "internal/store", "internal/trace", "ui/cli", "diag/change", "diag/compare", "diag/delivery", "diag/ladder", "diag/policy"} {
		eachText(t, room, func(path, code string) {
			if codeForm.MatchString(code) {
				found++
				exact(t, path, code)
			}
		})
	}
	if found < 60 {
		t.Errorf("only %d codes found: the walk has lost its way", found)
	}
}

// TestEveryEntryCanBeReached looks the other way: the code of an entry, or what stands behind its first dot, is a text
// in the source; behind "walk." it is an outcome of a hop. Codes of smtp, pop3 and imap are made
// of what servers say; entries with words are found by these.
func TestEveryEntryCanBeReached(t *testing.T) {
	said := map[string]bool{}
	for _, room := range []string{"protocols", "session", "internal", "ui", "diag"} {
		eachText(t, room, func(_, text string) { said[text] = true })
	}
	for code, f := range facts() {
		room, rest, _ := strings.Cut(code, ".")
		if room == "reason" {
			why, _ := reasonAndStep(rest)
			if !slices.Contains(reason.All(), why) {
				t.Errorf("%s is of no reason", code)
			}
			continue
		}
		if room == "compare" && strings.HasPrefix(rest, "script.") {
			continue // scripts are data: diag/compare holds their names and words together
		}
		anywhere, _ := reasonAndStep(code) // what is another thing at one step is said without it
		if len(f.Words) == 0 && !said[code] && !said[string(anywhere)] && !said[strings.TrimPrefix(rest, "walk.")] && room != "smtp" && room != "pop3" && room != "imap" {
			t.Errorf("no code gives %s: remove its words", code)
		}
	}
}

// eachText visits every text in the code of a room, tests left out.
func eachText(t *testing.T, room string, visit func(path, text string)) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("..", "..", filepath.FromSlash(room)), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					visit(path, text)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func exact(t *testing.T, where, code string) {
	t.Helper()
	if at, _ := lookup(code); at != code {
		t.Errorf("%s: %s is explained by %s", where, code, at)
	}
}

// TestCodesThatArePutTogether are not found as texts.
func TestCodesThatArePutTogether(t *testing.T) {
	for _, c := range []store.Code{
		store.CodeBusy, store.CodeCorrupt, store.CodeFull, store.CodeNewer, store.CodeReadOnly, store.CodeIO, store.CodeNotFound,
		store.CodeState, store.CodeLost, store.CodeFinal, store.CodeInput,
	} {
		e := &store.Error{Code: c, Path: "x"}
		code, _ := e.Explain()
		exact(t, "internal/store", code)
	}
	for _, p := range []mail.AddressProblem{
		mail.AddressFullWidth, mail.AddressNoAt, mail.AddressNoLocal, mail.AddressNoDomain, mail.AddressCharacter, mail.AddressDomain,
		mail.AddressUnclosedQuote, mail.AddressUnclosedAngle, mail.AddressTextAfter, mail.AddressTooLong, mail.AddressTooMany,
	} {
		exact(t, "internal/mail", "compose."+string(p))
	}
	for _, p := range []string{
		config.ProblemUnusable, config.ProblemSyntax, config.ProblemTwice, config.ProblemUnknown, config.ProblemType,
		config.ProblemValue, config.ProblemMissing, config.ProblemConflict, config.ProblemExposed,
	} {
		exact(t, "internal/config", p)
	}
	for _, k := range []dns.Kind{
		dns.NotFound, dns.NoData, dns.ServFail, dns.Refused, dns.Rejected, dns.Referral, dns.Timeout, dns.Unreachable, dns.Garbled,
		dns.Loop, dns.BadName, dns.Cancelled, dns.Lame, dns.Cycle, dns.Budget,
	} {
		exact(t, "protocols/dns", (&dns.Error{Kind: k}).Code())
	}
	for _, o := range dns.Outcomes() {
		exact(t, "protocols/dns", dns.Hop{Outcome: o}.Finding().Code)
	}
	for _, r := range reason.All() {
		exact(t, "diag/reason", "reason."+string(r))
	}
	for _, status := range reason.Statuses() {
		if at, ok := strings.CutPrefix(status, "X."); ok {
			exact(t, "diag/reason", "smtp.x."+at)
		}
	}
	for _, c := range []string{"IN-USE", "LOGIN-DELAY", "SYS/TEMP", "SYS/PERM", "AUTH"} {
		if at, _ := lookup("pop3." + strings.ToLower(strings.ReplaceAll(c, "/", "."))); at == "pop3" {
			t.Errorf("POP3 %s has no words of its own", c)
		}
	}
}
