package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"todoku/internal/mail"
)

// many makes n messages of the size and variety of real lists: 400 senders, Japanese and English subjects.
func many(n int) []mail.Message {
	words := strings.Fields("会議の議事録 請求書送付のご案内 来週の打ち合わせについて ｶﾅと漢字 printer トナー交換 minutes 11月分 出張報告 invoice 写真を送ります 今週の新刊 システム保守 release notes 採用面接 日程調整")
	ms := make([]mail.Message, n)
	for i := range ms {
		m := message(i)
		from := i * 7919 % 400
		m.Envelope.Subject = fmt.Sprintf("Re: %s %s %s #%d", words[i%len(words)], words[i*31%len(words)], words[i*17%len(words)], i)
		m.Envelope.From = []mail.Address{{Name: fmt.Sprintf("田中 花子%d", from), Addr: fmt.Sprintf("hanako%d@tsuru%d.test", from, from%40)}}
		m.Envelope.References = []string{fmt.Sprintf("m%d@fuji.test", i/3)}
		if i%3 > 0 {
			m.Flags = mail.Seen
		}
		ms[i] = m
	}
	return ms
}

// newestFirst puts messages as a first sync does: chunks of 500 from the newest on.
func newestFirst(t testing.TB, s *Store, folderID int64, ms []mail.Message) {
	t.Helper()
	for end := len(ms); end > 0; end -= 500 {
		if _, err := s.PutMessages(context.Background(), folderID, ms[max(0, end-500):end]); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkInsert100k(b *testing.B) {
	ms := many(100_000)
	for b.Loop() {
		s := openTest(b)
		newestFirst(b, s, account(b, s, "sakura", serverFolder("INBOX", mail.RoleInbox))["INBOX"].ID, ms)
	}
}

// benchDir holds the store of 100,000 messages that reading benchmarks share; TestMain removes it.
var benchDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if benchDir != "" {
		os.RemoveAll(benchDir)
	}
	os.Exit(code)
}

// filled gives a store of 100,000 messages, its folder and its path.
func filled(b *testing.B) (*Store, Folder, string) {
	made := benchDir != ""
	if !made {
		dir, err := os.MkdirTemp("", "todoku-bench")
		if err != nil {
			b.Fatal(err)
		}
		benchDir = dir
	}
	path := filepath.Join(benchDir, "todoku.db")
	s := openAt(b, path, &clock{epoch})
	f := account(b, s, "sakura", serverFolder("INBOX", mail.RoleInbox))["INBOX"]
	if !made {
		newestFirst(b, s, f.ID, many(100_000))
	}
	return s, f, path
}

func BenchmarkPage(b *testing.B) {
	s, f, _ := filled(b)
	for _, offset := range []int{0, 50_000, 99_800} {
		b.Run(fmt.Sprint("offset", offset), func(b *testing.B) {
			for b.Loop() {
				if page, err := s.Page(context.Background(), f.ID, offset, 200); err != nil || len(page) != 200 {
					b.Fatal(len(page), err)
				}
			}
		})
	}
	b.Run("screenful", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Page(context.Background(), f.ID, 0, 50); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkKeys(b *testing.B) {
	s, f, _ := filled(b)
	for b.Loop() {
		if keys, err := s.Keys(context.Background(), f.ID); err != nil || len(keys) != 100_000 {
			b.Fatal(len(keys), err)
		}
	}
}

func BenchmarkIDFlags(b *testing.B) {
	s, f, _ := filled(b)
	for b.Loop() {
		if flags, err := s.IDFlags(context.Background(), f.ID); err != nil || len(flags) != 100_000 {
			b.Fatal(len(flags), err)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	s, f, _ := filled(b)
	for _, words := range []string{"会議", "請求書", "会", "printer ﾄﾅｰ"} {
		for _, limit := range []int{50, 0} {
			b.Run(fmt.Sprint(words, limit), func(b *testing.B) {
				for b.Loop() {
					if hits, err := s.Search(context.Background(), "sakura", f.ID, words, limit); err != nil || len(hits) == 0 {
						b.Fatal(len(hits), err)
					}
				}
			})
		}
	}
}

func BenchmarkComplete(b *testing.B) {
	s, _, _ := filled(b)
	for b.Loop() {
		if _, err := s.Complete(context.Background(), "sakura", "hana", 5); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen is a start: open, folders, first page, close.
func BenchmarkOpen(b *testing.B) {
	_, f, path := filled(b)
	for b.Loop() {
		s, err := Open(path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Folders(context.Background(), "sakura"); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Page(context.Background(), f.ID, 0, 50); err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}

func BenchmarkFlagOneMessage(b *testing.B) {
	s, f, _ := filled(b)
	keys := must(s.Keys(context.Background(), f.ID))(b)
	i := 0
	for b.Loop() {
		i++
		if _, err := s.Apply(context.Background(), []Pending{{Key: keys[i%1000], Verb: VerbFlag, Flags: mail.Flagged, On: i/1000%2 == 0, LocalOnly: true}}); err != nil {
			b.Fatal(err)
		}
	}
}

// fetchedNewestFirst makes n messages of 5 KiB as POP3 gives them.
func fetchedNewestFirst(n int) []Fetched {
	text := strings.Repeat("本文です。\r\n", 5<<10/17)
	all := make([]Fetched, n)
	for i, m := range many(n) {
		m.ID = mail.ID(fmt.Sprintf("%016x", i))
		all[n-1-i] = Fetched{UIDL: string(m.ID), Octets: int64(len(text)), Message: m, Raw: []byte(text)}
	}
	return all
}

// putFetchedInto puts them in durable batches of 1,600, as a sync does.
func putFetchedInto(b *testing.B, s *Store, all []Fetched) int64 {
	f := account(b, s, "fuji", serverFolder("INBOX", mail.RoleInbox))["INBOX"]
	for some := range slices.Chunk(all, 1600) {
		if err := s.PutFetched(context.Background(), "fuji", f.ID, some); err != nil {
			b.Fatal(err)
		}
	}
	return f.ID
}

// BenchmarkPutFetched is a first POP3 sync's share of the store: 10,000 messages into an empty one.
func BenchmarkPutFetched(b *testing.B) {
	all := fetchedNewestFirst(10_000)
	for b.Loop() {
		putFetchedInto(b, openTest(b), all)
	}
	b.ReportMetric(float64(len(all)*b.N)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkSearchWaiting searches 10,000 messages that the index does not have yet.
func BenchmarkSearchWaiting(b *testing.B) {
	s := openTest(b)
	folder := putFetchedInto(b, s, fetchedNewestFirst(10_000))
	for b.Loop() {
		if hits, err := s.Search(context.Background(), "fuji", folder, "会議 tsuru1", 0); err != nil || len(hits) == 0 {
			b.Fatal(len(hits), err)
		}
	}
}
