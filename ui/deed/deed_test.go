package deed

import (
	"context"
	"testing"
	"time"

	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// bin remembers what it was told to delete.
type bin struct {
	Mail
	told []session.DeleteOptions
}

func (b *bin) Delete(_ context.Context, _ *trace.Span, o session.DeleteOptions) (session.Change, error) {
	b.told = append(b.told, o)
	return session.Change{ID: 1, Verb: "delete", Count: 1}, nil
}

// A key that repeats faster than the list is drawn must not do to the same message twice what it does once.
func TestAKeyPressedTwice(t *testing.T) {
	runner := jobs.New(nil, time.Now)
	defer runner.Close()
	b := new(bin)
	d := New(&screen.Env{Words: text.New(text.EN), Jobs: runner, Now: time.Now}, b)
	none := func(mail.Flags) bool { return false }
	_, first := d.Do(keys.Delete, Place{}, []int64{7}, none)
	_, second := d.Do(keys.Delete, Place{}, []int64{7}, none)
	if first == nil || second != nil {
		t.Fatalf("commands %v and %v, want only the first", first != nil, second != nil)
	}
	first()
	runner.Settle()
	var done jobs.Done[Result]
	for _, m := range runner.Take() {
		done, _ = m.(jobs.Done[Result])
	}
	if _, mine := d.Done(done); !mine {
		t.Fatalf("the end of the deed is not its own: %+v", done)
	}
	if len(b.told) != 1 || !b.told[0].KeepTrash || b.told[0].Forever {
		t.Errorf("told %+v, want one move to the trash that keeps what is there", b.told)
	}
	if _, third := d.Do(keys.Delete, Place{}, []int64{8}, none); third == nil {
		t.Error("after its end no other deed can begin")
	}
}
