package mail

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestUnflow(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		delSp          bool
	}{
		{"paragraph", "one \ntwo \nthree\nfour\n", "one two three\nfour\n", false},
		{"delsp", "来週の \n打ち合わせ\n", "来週の打ち合わせ\n", true},
		{"stuffed", " From here\n  two\n >no quote\n", "From here\n two\n>no quote\n", false},
		{"quotes", ">a \n>b\n>> c\nd\n", "> a b\n>> c\nd\n", false},
		{"depth changes in a flowed line", "> a \nb\n", "> a \nb\n", false},
		{"signature", "text \n-- \nme\n", "text \n-- \nme\n", false},
		{"flowed at the end", "open ", "open \n", false},
	} {
		if got := unflow(c.in, c.delSp); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFlow(t *testing.T) {
	ja := strings.Repeat("お世話になっております。", 10)
	got, delSp := flowText(ja + "\n-- \nFrom me\n>> quoted\n> > apart\n")
	if !delSp {
		t.Error("Japanese was broken without DelSp")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(got, "\r\n"), "\r\n") {
		if columns(line) > 78 {
			t.Errorf("%d columns in %q", columns(line), line)
		}
		if strings.HasPrefix(line, "。") {
			t.Errorf("a line begins with a full stop: %q", line)
		}
	}
	if !strings.HasSuffix(got, "\r\n-- \r\n From me\r\n>> quoted\r\n>> apart\r\n") {
		t.Errorf("end is %q", got[len(got)-60:])
	}
	if _, delSp := flowText("a " + strings.Repeat("x", 200) + "\n"); delSp {
		t.Error("a long ASCII word needs no DelSp")
	}
}

func TestFlowReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`(>{0,3} )?[a-zA-Z >.,\-あ-んア-ン漢字。、]{0,200}`), 1, 8).Draw(t, "lines")
		var want strings.Builder
		for _, line := range lines {
			depth, content := quoteDepth(line)
			if content != "-- " {
				content = strings.TrimRight(content, " ")
			}
			want.WriteString(strings.Repeat(">", depth))
			if depth > 0 && content != "" {
				want.WriteByte(' ')
			}
			want.WriteString(content + "\n")
		}
		flowed, delSp := flowText(strings.Join(lines, "\n") + "\n")
		got := unflow(strings.ReplaceAll(flowed, "\r\n", "\n"), delSp)
		if diff := cmp.Diff(want.String(), got); diff != "" {
			t.Fatalf("flowed %q\n%s", flowed, diff)
		}
	})
}
