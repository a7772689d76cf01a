package session

import (
	"context"
	"database/sql"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"todoku/diag/compare"
	"todoku/internal/mail"
)

// witness looks at a lane's server by curl.
type witness struct {
	t              *testing.T
	imaps, pop3s   string // "127.0.0.1:993"
	ca             string
	user, password string
	folders        []string // that curl lists
	looks          int      // how often it looked, with a session of each protocol
}

// witnessed is a message as a witness sees it.
type witnessed struct {
	Folder, Subject string
	Read            bool
}

func inOrder(all []witnessed) []witnessed {
	slices.SortFunc(all, func(a, b witnessed) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return all
}

func reported(v compare.View) []witnessed {
	var all []witnessed
	for _, m := range v.Messages {
		all = append(all, witnessed{m.Folder, m.Subject, m.Flags.Has(mail.Seen)})
	}
	return inOrder(all)
}

// witnessedRun runs a comparison and has the witnesses look after each step of each lane.
func witnessedRun(t *testing.T, run compare.Options, witnesses map[compare.Protocol]*witness) compare.Report {
	t.Helper()
	for _, w := range witnesses {
		w.list()
	}
	steps := 0
	listed := map[compare.Protocol]map[string]bool{compare.POP3: {}, compare.IMAP: {}}
	run.Watch = func(r compare.Result) {
		if r.State == compare.Live {
			return
		}
		steps++
		lane := run.POP3
		if r.Lane == compare.IMAP {
			lane = run.IMAP
		}
		witnesses[r.Lane].check(run.Script.Steps[r.Step-1], r, lane, listed[r.Lane])
	}
	r, err := compare.Run(t.Context(), nil, run)
	if err != nil {
		t.Fatal(err)
	}
	if steps != 2*len(run.Script.Steps) {
		t.Errorf("%d steps were looked at", steps)
	}
	return r
}

// check holds what a result says of the server against curl, and what it says of the devices against their store files. A
// device that just looked sees what curl sees. listed are the subjects that curl has read by POP3 so far.
func (w *witness) check(step compare.Step, r compare.Result, lane compare.Lane, listed map[string]bool) {
	w.t.Helper()
	at := fmt.Sprintf("step %d by %s", r.Step, r.Lane)
	there, byPOP3 := w.look(len(inInbox(reported(r.Server))))
	if diff := cmp.Diff(there, reported(r.Server)); diff != "" {
		w.t.Errorf("%s: curl and the report differ on the server:\n%s", at, diff)
	}
	if diff := cmp.Diff(inInbox(there), byPOP3); diff != "" {
		w.t.Errorf("%s: curl sees an inbox by IMAP and another by POP3:\n%s", at, diff)
	}
	for _, subject := range byPOP3 {
		listed[subject] = true
	}
	for _, d := range []struct {
		device compare.Device
		view   compare.View
	}{{lane.A, r.DeviceA}, {lane.B, r.DeviceB}} {
		if d.device == nil || d.view.Lost {
			continue
		}
		name := d.device.(*device).name
		stored := inStore(w.t, d.device.(*device))
		if diff := cmp.Diff(stored, reported(d.view)); diff != "" {
			w.t.Errorf("%s: the store of %s and the report differ:\n%s", at, name, diff)
		}
		looked := name == step.Device && (step.Do == compare.Visit || step.Do == compare.Look)
		if r.Lane == compare.POP3 {
			w.checkPOP3(at+" on "+name, stored, byPOP3, listed, looked)
		} else if diff := cmp.Diff(there, stored); looked && diff != "" {
			w.t.Errorf("%s: curl and what %s sees differ:\n%s", at, name, diff)
		}
	}
}

// checkPOP3: whatever lies in a device's inbox curl has read at the server, now or after an earlier step; and a device that
// just looked has all that curl reads there now.
func (w *witness) checkPOP3(at string, stored []witnessed, there []string, listed map[string]bool, looked bool) {
	w.t.Helper()
	for _, subject := range inInbox(stored) {
		if !listed[subject] {
			w.t.Errorf("%s: %q is in the store, and curl never read it by POP3", at, subject)
		}
	}
	for _, subject := range there {
		if looked && !slices.ContainsFunc(stored, func(m witnessed) bool { return m.Subject == subject }) {
			w.t.Errorf("%s: curl reads %q by POP3, and it is not in the store", at, subject)
		}
	}
}

// inInbox are the subjects of what lies in the inbox, sorted.
func inInbox(all []witnessed) (subjects []string) {
	for _, m := range all {
		if m.Folder == inboxName {
			subjects = append(subjects, m.Subject)
		}
	}
	slices.Sort(subjects)
	return subjects
}

// list asks for the names of the folders. A lane neither makes nor removes any.
func (w *witness) list() {
	w.t.Helper()
	w.folders = nil
	for _, folder := range folderLine.FindAllStringSubmatch(w.curl([]string{w.imap()}), -1) {
		w.folders = append(w.folders, folder[1])
	}
}

func (w *witness) imap() string { return "imaps://" + w.imaps + "/" }
func (w *witness) pop3() string { return "pop3s://" + w.pop3s + "/" }

// curl does requests, each its options and addresses, one after the other over as few connections as it can.
func (w *witness) curl(requests ...[]string) string {
	w.t.Helper()
	var args []string
	for i, request := range requests {
		if i > 0 {
			args = append(args, "--next") // which forgets the options before it
		}
		args = append(args, "--silent", "--show-error", "--max-time", "60", "--cacert", w.ca, "--user", w.user+":"+w.password)
		args = append(args, request...)
	}
	out, err := exec.Command("curl", args...).CombinedOutput()
	if err != nil {
		w.t.Fatalf("curl %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// Marks in what curl prints.
const (
	folderMark = "folder "             // before a folder's address, behind its rows
	scanEnd    = "--- listed ---\r\n"  // behind what POP3 lists
	headersEnd = "\r\n--- end ---\r\n" // behind the headers of each message
)

var (
	folderLine = regexp.MustCompile(`(?m)^\* LIST \([^)]*\) "[./]" "?([^"\r\n]+)"?`)
	flagged    = regexp.MustCompile(`FLAGS \(([^)]*)\)`)
	scanned    = regexp.MustCompile(`(?m)^(\d+) \d+\r?$`)
	envelope   = regexp.MustCompile(`ENVELOPE \((?:NIL|"[^"]*") "((?:[^"\\]|\\.)*)"`)
)

// look gives every message of every folder by IMAP, and the sorted subjects of what POP3 lists, which should be as many
// as inbox. It reads them by TOP n 0, which marks nothing as read.
func (w *witness) look(inbox int) (byIMAP []witnessed, byPOP3 []string) {
	w.t.Helper()
	w.looks++
	rows := []string{"--request", "UID FETCH 1:* (FLAGS ENVELOPE)", "--write-out", folderMark + "%{url_effective}\n"}
	for _, folder := range w.folders {
		rows = append(rows, w.imap()+folder)
	}
	requests := [][]string{rows, {"--write-out", scanEnd, w.pop3()}}
	if inbox > 0 {
		top := []string{"--request", "TOP", "--write-out", headersEnd}
		for n := range inbox {
			top = append(top, fmt.Sprintf("%s%d%%200", w.pop3(), n+1))
		}
		requests = append(requests, top)
	}
	listed, headers, _ := strings.Cut(w.curl(requests...), scanEnd)
	last := strings.LastIndex(listed, folderMark)
	end := last + strings.Index(listed[last:], "\n") + 1
	if n := len(scanned.FindAllString(listed[end:], -1)); n != inbox {
		w.t.Errorf("curl sees %d messages listed by POP3, not %d", n, inbox)
	}
	return w.rows(listed[:end]), w.subjects(headers)
}

// rows are the messages of all folders. curl prints the lines of an answer up to its literals; an ENVELOPE has none, for
// header fields are ASCII. After the rows of a folder comes its address.
func (w *witness) rows(printed string) (all []witnessed) {
	w.t.Helper()
	begun := 0
	for line := range strings.Lines(printed) {
		line = strings.TrimRight(line, "\r\n")
		if folder, isMark := strings.CutPrefix(line, folderMark+w.imap()); isMark {
			for i := range all[begun:] {
				all[begun+i].Folder = folder
			}
			begun = len(all)
			continue
		}
		flags, subject := flagged.FindStringSubmatch(line), envelope.FindStringSubmatch(line)
		if flags == nil || subject == nil {
			w.t.Fatalf("curl sees %q", line)
		}
		all = append(all, witnessed{"", mail.DecodeHeader(subject[1]), strings.Contains(flags[1], `\Seen`)})
	}
	return inOrder(all)
}

func (w *witness) subjects(printed string) (all []string) {
	headers := strings.Split(printed, headersEnd)
	for _, header := range headers[:len(headers)-1] {
		all = append(all, mail.ParseEnvelope([]byte(header)).Subject)
	}
	slices.Sort(all)
	return all
}

// inStore reads the rows of a device's store file.
func inStore(t *testing.T, d *device) []witnessed {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(d.dir, "mail.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT f.name, m.key, m.flags FROM messages m JOIN folders f ON f.id = m.folder")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []witnessed
	for rows.Next() {
		var folder string
		var key, flags int64
		if err := rows.Scan(&folder, &key, &flags); err != nil {
			t.Fatal(err)
		}
		m, err := d.Store.Message(context.Background(), key)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, witnessed{folder, m.Envelope.Subject, mail.Flags(flags).Has(mail.Seen)})
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return inOrder(all)
}
