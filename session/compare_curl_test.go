package session

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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
func witnessedRun(t *testing.T, run compare.Options, of func(compare.Protocol) witness) compare.Report {
	t.Helper()
	steps := 0
	run.Watch = func(r compare.Result) {
		if r.State == compare.Live {
			return
		}
		steps++
		lane := run.POP3
		if r.Lane == compare.IMAP {
			lane = run.IMAP
		}
		of(r.Lane).check(run.Script.Steps[r.Step-1], r, lane)
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
// device that just looked over IMAP sees what curl sees.
func (w witness) check(step compare.Step, r compare.Result, lane compare.Lane) {
	w.t.Helper()
	at := fmt.Sprintf("step %d by %s", r.Step, r.Lane)
	there := w.byIMAP()
	if diff := cmp.Diff(there, reported(r.Server)); diff != "" {
		w.t.Errorf("%s: curl and the report differ on the server:\n%s", at, diff)
	}
	inbox := 0
	for _, m := range there {
		if m.Folder == inboxName {
			inbox++
		}
	}
	if n := w.byPOP3(); n != inbox {
		w.t.Errorf("%s: curl sees %d messages by POP3, and %d in the inbox by IMAP", at, n, inbox)
	}
	for _, d := range []struct {
		device compare.Device
		view   compare.View
	}{{lane.A, r.DeviceA}, {lane.B, r.DeviceB}} {
		if d.device == nil || d.view.Lost {
			continue
		}
		name := d.device.(*device).name
		if diff := cmp.Diff(inStore(w.t, d.device.(*device)), reported(d.view)); diff != "" {
			w.t.Errorf("%s: the store of %s and the report differ:\n%s", at, name, diff)
		}
		looked := r.Lane == compare.IMAP && name == step.Device && (step.Do == compare.Visit || step.Do == compare.Look)
		if diff := cmp.Diff(there, reported(d.view)); looked && diff != "" {
			w.t.Errorf("%s: curl and what %s sees differ:\n%s", at, name, diff)
		}
	}
}

func (w witness) curl(args ...string) string {
	w.t.Helper()
	args = append([]string{"--silent", "--show-error", "--max-time", "60", "--cacert", w.ca, "--user", w.user + ":" + w.password}, args...)
	out, err := exec.Command("curl", args...).CombinedOutput()
	if err != nil {
		w.t.Fatalf("curl %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// folderMark is before a folder's address in what curl prints.
const folderMark = "folder "

var (
	listed   = regexp.MustCompile(`(?m)^\* LIST \([^)]*\) "[./]" "?([^"\r\n]+)"?`)
	flagged  = regexp.MustCompile(`FLAGS \(([^)]*)\)`)
	envelope = regexp.MustCompile(`ENVELOPE \((?:NIL|"[^"]*") "((?:[^"\\]|\\.)*)"`)
)

// byIMAP gives every message of every folder. curl prints the lines of an answer up to its literals; an ENVELOPE has none,
// for header fields are ASCII. After the rows of a folder comes its address.
func (w witness) byIMAP() []witnessed {
	w.t.Helper()
	url := "imaps://" + w.imaps + "/"
	ask := []string{"--request", "UID FETCH 1:* (FLAGS ENVELOPE)", "--write-out", folderMark + "%{url_effective}\n"}
	for _, folder := range listed.FindAllStringSubmatch(w.curl(url), -1) {
		ask = append(ask, url+folder[1])
	}
	var all []witnessed
	begun := 0
	for line := range strings.Lines(w.curl(ask...)) {
		line = strings.TrimRight(line, "\r\n")
		if folder, isMark := strings.CutPrefix(line, folderMark+url); isMark {
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

// byPOP3 counts the messages that POP3 lists.
func (w witness) byPOP3() int {
	w.t.Helper()
	n := 0
	for lines := bufio.NewScanner(strings.NewReader(w.curl("pop3s://" + w.pop3s + "/"))); lines.Scan(); {
		if number, _, _ := strings.Cut(lines.Text(), " "); number != "" {
			if _, err := strconv.Atoi(number); err == nil {
				n++
			}
		}
	}
	return n
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
