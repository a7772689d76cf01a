package store

import "testing"

func TestAnnounced(t *testing.T) {
	s := openTest(t)
	if _, known, err := s.Announced(t.Context(), "alice", "mail.x.test:587"); known || err != nil {
		t.Fatalf("%v %v", known, err)
	}
	for _, want := range []Announced{
		{Account: "alice", Server: "mail.x.test:587", Size: 10 << 20, Recipients: 100},
		{Account: "alice", Server: "mail.x.test:587", Size: SizeNotSaid},
		{Account: "alice", Server: "mail.y.test:465"},
	} {
		ok(t, s.PutAnnounced(t.Context(), want))
		got, known, err := s.Announced(t.Context(), "alice", want.Server)
		ok(t, err)
		if got.Learned.IsZero() {
			t.Error("it is not said when")
		}
		want.Learned = got.Learned
		if !known || got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if _, known, _ := s.Announced(t.Context(), "alice", "mail.x.test:587"); known {
		t.Error("another server's announcement counts for this one")
	}
}
