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
	"todoku/embedded-server"
	"todoku/internal/mail"
	"todoku/internal/trace"
)

// staged is a comparison whose stage the test can look at.
type staged struct {
	t     *testing.T
	stage *stage
	run   compare.Options
}

// stageFor makes stage and lanes as Compare does.
func stageFor(t *testing.T, s *Session, script string, span *trace.Span) *staged {
	t.Helper()
	ctx := context.Background()
	named, _, err := compare.ScriptNamed(script)
	if err != nil {
		t.Fatal(err)
	}
	c := &staged{t: t, run: compare.Options{Script: named, Mode: compare.Good, Line: lineOr(compare.Line{})}}
	if c.stage, err = s.newStage(ctx, span); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.stage.box.Close() })
	if c.run.POP3, err = s.newLane(ctx, nil, c.stage, compare.POP3, c.run); err != nil {
		t.Fatal(err)
	}
	if c.run.IMAP, err = s.newLane(ctx, nil, c.stage, compare.IMAP, c.run); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTotalsAreThoseOfTheServers: what the lanes count at their end is what the servers count at theirs.
func TestTotalsAreThoseOfTheServers(t *testing.T) {
	s := comparing(t)
	for _, script := range []string{"two-devices", "attachment", "mark", "move", "search", "lost", "offline"} {
		t.Run(script, func(t *testing.T) {
			var servers trace.Meter
			var rec trace.Recorder
			c := stageFor(t, s, script, trace.New(&rec, nil).Metered(&servers))
			until(t, "the lanes have asked what is offered", func() bool { return allClosed(rec.Events()) })
			before := servers.Counters()
			r, err := compare.Run(t.Context(), nil, c.run)
			if err != nil {
				t.Fatal(err)
			}
			until(t, "the servers have closed", func() bool { return allClosed(rec.Events()) })
			there := servers.Counters().Minus(before)
			here := r.POP3.Counters.Plus(r.IMAP.Counters)
			if here.In != there.Out || here.Out != there.In || here.In == 0 {
				t.Errorf("the lanes count %+v, the servers %+v", here, there)
			}
		})
	}
}

// allClosed reports whether every mailbox connection that servers had is over, and so is counted to its end.
func allClosed(events []trace.Event) bool {
	open, closed := map[string]bool{}, map[string]bool{}
	for _, e := range events {
		if e.Side != trace.SideServer || e.Proto != "imap" && e.Proto != "pop3" {
			continue
		}
		open[e.Conn] = true
		closed[e.Conn] = closed[e.Conn] || e.Kind == trace.KindClose
	}
	for conn := range open {
		if !closed[conn] {
			return false
		}
	}
	return len(open) > 0
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

// TestWhatIsSeenHasWitnesses: after each step, what the report says of the server is what curl sees there by IMAP and
// POP3, and what it says of the devices is what stands in their store files.
func TestWhatIsSeenHasWitnesses(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	s := comparing(t)
	for _, script := range []string{"two-devices", "mark", "move", "send", "lost", "full"} {
		t.Run(script, func(t *testing.T) {
			c := stageFor(t, s, script, nil)
			steps := 0
			c.run.Watch = func(r compare.Result) {
				if r.State == compare.Live {
					return
				}
				steps++
				c.check(r)
			}
			if _, err := compare.Run(t.Context(), nil, c.run); err != nil {
				t.Fatal(err)
			}
			if steps != 2*len(c.run.Script.Steps) {
				t.Errorf("%d steps were looked at", steps)
			}
		})
	}
}

func (c *staged) check(r compare.Result) {
	c.t.Helper()
	lane := c.run.POP3
	if r.Lane == compare.IMAP {
		lane = c.run.IMAP
	}
	at := fmt.Sprintf("step %d by %s", r.Step, r.Lane)
	address := lane.Mailbox.(*stageMailbox).address
	there := c.curlIMAP(address)
	if diff := cmp.Diff(there, reported(r.Server)); diff != "" {
		c.t.Errorf("%s: curl and the report differ on the server:\n%s", at, diff)
	}
	inbox := 0
	for _, m := range there {
		if m.Folder == "INBOX" {
			inbox++
		}
	}
	if n := c.curlPOP3(address); n != inbox {
		c.t.Errorf("%s: curl sees %d messages by POP3, and %d in the inbox by IMAP", at, n, inbox)
	}
	for _, d := range []struct {
		device compare.Device
		view   compare.View
	}{{lane.A, r.DeviceA}, {lane.B, r.DeviceB}} {
		if d.device == nil || d.view.Lost {
			continue
		}
		if diff := cmp.Diff(c.inStore(d.device.(*device)), reported(d.view)); diff != "" {
			c.t.Errorf("%s: the store of %s and the report differ:\n%s", at, d.device.(*device).name, diff)
		}
	}
}

// curl asks the stage's mail host.
func (c *staged) curl(address, url string, args ...string) string {
	c.t.Helper()
	world := c.stage.box.World()
	args = append([]string{"--silent", "--show-error", "--max-time", "20", "--cacert", world.CAFile, "--user", address + ":" + stagePassword, url}, args...)
	out, err := exec.Command("curl", args...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("curl %s: %v\n%s", url, err, out)
	}
	return string(out)
}

func (c *staged) host() sandbox.Host {
	hosts := c.stage.box.World().Hosts
	return hosts[slices.IndexFunc(hosts, func(h sandbox.Host) bool { return h.Name == stageHost })]
}

var (
	listed  = regexp.MustCompile(`(?m)^\* LIST \([^)]*\) "/" "?([^"\r\n]+)"?`)
	fetched = regexp.MustCompile(`\* \d+ FETCH \(.*FLAGS \(([^)]*)\)`)
)

// curlIMAP gives every message of every folder. EXAMINE leaves them as they are.
func (c *staged) curlIMAP(address string) []witnessed {
	c.t.Helper()
	url := "imaps://" + c.host().IMAPS + "/"
	var all []witnessed
	for _, folder := range listed.FindAllStringSubmatch(c.curl(address, url), -1) {
		if !strings.Contains(c.curl(address, url, "-X", "EXAMINE "+folder[1]), " EXISTS") {
			c.t.Fatalf("curl cannot open %s", folder[1])
		}
		numbers := strings.Fields(strings.TrimPrefix(strings.TrimSpace(c.curl(address, url+folder[1]+"?ALL")), "* SEARCH"))
		for _, n := range numbers {
			// curl prints the lines of an answer up to its literals, so that flags and subject are asked for one by one.
			flags := fetched.FindStringSubmatch(c.curl(address, url+folder[1], "-X", "FETCH "+n+" (FLAGS)"))
			header := c.curl(address, url+folder[1]+";MAILINDEX="+n+"/;SECTION=HEADER.FIELDS%20(SUBJECT)")
			if flags == nil {
				c.t.Fatalf("curl sees no flags of message %s in %s", n, folder[1])
			}
			all = append(all, witnessed{folder[1], mail.ParseEnvelope([]byte(header)).Subject, strings.Contains(flags[1], `\Seen`)})
		}
	}
	return inOrder(all)
}

// curlPOP3 counts the messages that POP3 lists.
func (c *staged) curlPOP3(address string) int {
	c.t.Helper()
	n := 0
	for lines := bufio.NewScanner(strings.NewReader(c.curl(address, "pop3s://"+c.host().POP3S+"/"))); lines.Scan(); {
		if number, _, _ := strings.Cut(lines.Text(), " "); number != "" {
			if _, err := strconv.Atoi(number); err == nil {
				n++
			}
		}
	}
	return n
}

// inStore reads the rows of a device's store file.
func (c *staged) inStore(d *device) []witnessed {
	c.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(d.dir, "mail.db")+"?mode=ro")
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT f.name, m.key, m.flags FROM messages m JOIN folders f ON f.id = m.folder")
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	var all []witnessed
	for rows.Next() {
		var folder string
		var key, flags int64
		if err := rows.Scan(&folder, &key, &flags); err != nil {
			c.t.Fatal(err)
		}
		m, err := d.Store.Message(context.Background(), key)
		if err != nil {
			c.t.Fatal(err)
		}
		all = append(all, witnessed{folder, m.Envelope.Subject, mail.Flags(flags).Has(mail.Seen)})
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	return inOrder(all)
}
