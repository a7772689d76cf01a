package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"todoku/internal/mail"
)

// server is the other side in its simplest form: folders that map ids to message numbers.
type server struct {
	next    int
	folders map[string]map[mail.ID]int
	flags   map[string]map[mail.ID]mail.Flags
}

func newServer(names ...string) *server {
	v := &server{folders: map[string]map[mail.ID]int{}, flags: map[string]map[mail.ID]mail.Flags{}}
	for _, name := range names {
		v.folders[name], v.flags[name] = map[mail.ID]int{}, map[mail.ID]mail.Flags{}
	}
	return v
}

func (v *server) put(folder string, n int, flags mail.Flags) mail.ID {
	v.next++
	id := mail.ID(fmt.Sprint(v.next))
	v.folders[folder][id], v.flags[folder][id] = n, flags
	return id
}

func (v *server) remove(folder string, id mail.ID) {
	delete(v.folders[folder], id)
	delete(v.flags[folder], id)
}

// do carries out a pending change as a server would; what it names and is not there has no effect.
func (v *server) do(p Pending) mail.ID {
	n, there := v.folders[p.Folder][p.ServerID]
	if !there {
		return ""
	}
	flags := v.flags[p.Folder][p.ServerID]
	switch p.Verb {
	case VerbFlag:
		v.flags[p.Folder][p.ServerID] = withFlags(flags, p.Flags, p.On)
	case VerbMove:
		v.remove(p.Folder, p.ServerID)
		return v.put(p.Target, n, flags)
	case VerbCopy:
		return v.put(p.Target, n, flags)
	case VerbDelete:
		v.remove(p.Folder, p.ServerID)
	}
	return ""
}

// sync makes the store equal to the server, as mailsync does by comparing ids and flags.
func (v *server) sync(t *rapid.T, s *Store, name string) {
	ctx := context.Background()
	f, err := s.Folder(ctx, "sakura", name)
	fatal(t, err)
	known, err := s.IDFlags(ctx, f.ID)
	fatal(t, err)
	var gone []mail.ID
	for id := range known {
		if _, there := v.folders[name][id]; !there {
			gone = append(gone, id)
		}
	}
	_, err = s.RemoveIDs(ctx, f.ID, gone)
	fatal(t, err)
	states := map[mail.ID]FlagState{}
	var fresh []mail.Message
	for id, n := range v.folders[name] {
		if _, have := known[id]; have {
			states[id] = FlagState{Flags: v.flags[name][id]}
			continue
		}
		m := message(n)
		m.ID, m.Flags = id, v.flags[name][id]
		fresh = append(fresh, m)
	}
	_, err = s.PutFlags(ctx, f.ID, states)
	fatal(t, err)
	_, err = s.PutMessages(ctx, f.ID, fresh)
	fatal(t, err)
	fatal(t, s.MarkSynced(ctx, f.ID, epoch))
}

// flush tells the server what waits until nothing does.
func (v *server) flush(t *rapid.T, s *Store, copyUID bool) {
	for range 100 {
		waiting, err := s.PendingChanges(context.Background(), "sakura")
		fatal(t, err)
		if len(waiting) == 0 {
			return
		}
		p := waiting[0]
		newIDs := map[int64]mail.ID{}
		if id := v.do(p); id != "" && copyUID {
			newIDs[p.ID] = id
		}
		fatal(t, s.Confirm(context.Background(), []int64{p.ID}, newIDs))
	}
	t.Fatal("pending changes never end")
}

func fatal(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestStoreAgreesWithServer does random things on both sides; after everything was told and synced, both hold the same,
// nothing is pending, and the counters of every folder are those of its rows at every moment.
func TestStoreAgreesWithServer(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	names := []string{"INBOX", "Archive", "Trash"}
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		s, v := openModel(t, names)
		defer s.Close()
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			happen(t, s, v, names)
			checkCounters(t, s, names)
		}
		// Several times: what has no id yet gets it from the first round.
		for range 3 {
			v.flush(t, s, true)
			for _, name := range names {
				v.sync(t, s, name)
			}
			giveUpOrphans(t, s)
		}
		checkCounters(t, s, names)
		for _, name := range names {
			f, err := s.Folder(ctx, "sakura", name)
			fatal(t, err)
			rows, err := s.Page(ctx, f.ID, 0, 1000)
			fatal(t, err)
			for _, m := range rows {
				if n, there := v.folders[name][m.ID]; !there || int64(1000+n) != m.Size || v.flags[name][m.ID] != m.Flags || m.Pending {
					t.Fatalf("%s shows %q (%d, flags %b, pending %v); the server has it: %v, flags %b", name, m.ID, m.Size-1000, m.Flags, m.Pending, there, v.flags[name][m.ID])
				}
			}
			if len(rows) != len(v.folders[name]) {
				t.Fatalf("%s: %d rows, %d on the server", name, len(rows), len(v.folders[name]))
			}
		}
	})
}

func openModel(t *rapid.T, names []string) (*Store, *server) {
	dir := modelDir(t)
	s, err := Open(filepath.Join(dir, "todoku.db"), Options{Now: (&clock{epoch}).now})
	fatal(t, err)
	var folders []mail.Folder
	for _, name := range names {
		folders = append(folders, serverFolder(name, ""))
	}
	fatal(t, s.PutFolders(context.Background(), "sakura", folders))
	v := newServer(names...)
	for n := range 4 {
		v.put("INBOX", n+1, 0)
	}
	v.sync(t, s, "INBOX")
	return s, v
}

// happen is one thing that happens here or there.
func happen(t *rapid.T, s *Store, v *server, names []string) {
	ctx := context.Background()
	folder := rapid.SampledFrom(names).Draw(t, "folder")
	switch rapid.SampledFrom([]string{"flag", "move", "copy", "delete", "undo", "flush", "flush blind", "sync", "arrive", "vanish", "refuse"}).Draw(t, "what") {
	case "flag":
		applyOne(t, s, folder, Pending{Verb: VerbFlag, Flags: rapid.SampledFrom([]mail.Flags{mail.Seen, mail.Flagged, mail.Seen | mail.Flagged}).Draw(t, "flags"), On: rapid.Bool().Draw(t, "on")})
	case "move":
		applyOne(t, s, folder, Pending{Verb: VerbMove, Target: rapid.SampledFrom(names).Draw(t, "target")})
	case "copy":
		applyOne(t, s, folder, Pending{Verb: VerbCopy, Target: rapid.SampledFrom(names).Draw(t, "target")})
	case "delete":
		applyOne(t, s, folder, Pending{Verb: VerbDelete})
	case "undo":
		if _, _, err := s.Undo(ctx, 0); err != nil && !IsCode(err, CodeNotFound) && !IsCode(err, CodeFinal) && !IsCode(err, CodeState) {
			t.Fatal(err)
		}
	case "flush":
		v.flush(t, s, true)
	case "flush blind":
		v.flush(t, s, false)
	case "sync":
		v.sync(t, s, folder)
	case "arrive":
		v.put(folder, v.next+100, 0)
	case "vanish":
		for id := range v.folders[folder] {
			v.remove(folder, id)
			break
		}
	case "refuse":
		waiting, err := s.PendingChanges(ctx, "sakura")
		fatal(t, err)
		if len(waiting) > 0 {
			fatal(t, s.Refuse(ctx, []int64{waiting[0].ID}, "NO"))
		}
	}
	giveUpOrphans(t, s)
}

// giveUpOrphans is the person's answer to every orphan.
func giveUpOrphans(t *rapid.T, s *Store) {
	orphans, err := s.Orphans(context.Background(), "sakura")
	fatal(t, err)
	for _, p := range orphans {
		fatal(t, s.Refuse(context.Background(), []int64{p.ID}, "gone"))
	}
}

func applyOne(t *rapid.T, s *Store, folder string, p Pending) {
	ctx := context.Background()
	f, err := s.Folder(ctx, "sakura", folder)
	fatal(t, err)
	keys, err := s.Keys(ctx, f.ID)
	fatal(t, err)
	if len(keys) == 0 {
		return
	}
	p.Key = rapid.SampledFrom(keys).Draw(t, "key")
	_, err = s.Apply(ctx, []Pending{p})
	fatal(t, err)
}

func checkCounters(t *rapid.T, s *Store, names []string) {
	t.Helper()
	ctx := context.Background()
	var wrong int
	err := s.row(ctx, `SELECT count(*) FROM folders f WHERE total <> (SELECT count(*) FROM messages WHERE folder = f.id)
		OR unread <> (SELECT count(*) FROM messages WHERE folder = f.id AND NOT flags & 1)`).Scan(&wrong)
	fatal(t, err)
	if wrong > 0 {
		t.Fatalf("%d folders count wrongly", wrong)
	}
	err = s.row(ctx, `SELECT count(*) FROM messages m WHERE pending <> (SELECT count(*) FROM pending p WHERE p.message = m.key AND p.state = 'waiting')`).Scan(&wrong)
	fatal(t, err)
	if wrong > 0 {
		t.Fatalf("%d rows have a wrong number of waiting changes", wrong)
	}
}

// modelDir makes a folder that lasts as long as one run of a property.
func modelDir(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "todoku-model")
	fatal(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
