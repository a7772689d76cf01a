// Package keys holds the verbs of the interface and the one map from keys to them. A key never means two things: it
// may rest on a screen, but where it works it does what it always does.
package keys

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
)

// Verb is something a key asks for.
type Verb string

const (
	Open       Verb = "open"
	Back       Verb = "back"
	Quit       Verb = "quit"
	Next       Verb = "next"
	Previous   Verb = "previous"
	Help       Verb = "help"
	Palette    Verb = "palette"
	Wire       Verb = "wire"
	Undo       Verb = "undo"
	Again      Verb = "again"
	Stop       Verb = "stop"
	Suspend    Verb = "suspend"
	Redraw     Verb = "redraw"
	Down       Verb = "down"
	Up         Verb = "up"
	LeftDown   Verb = "left-down"
	LeftUp     Verb = "left-up"
	First      Verb = "first"
	Last       Verb = "last"
	PageDown   Verb = "page-down"
	PageUp     Verb = "page-up"
	Left       Verb = "left"
	Right      Verb = "right"
	UnreadNext Verb = "unread-next"
	UnreadPrev Verb = "unread-prev"
	Find       Verb = "find"
	HitNext    Verb = "hit-next"
	HitPrev    Verb = "hit-prev"
	Number     Verb = "number"
	Explain    Verb = "explain"
	Trace      Verb = "trace"
	Xray       Verb = "xray"
	Beside     Verb = "beside"
	Save       Verb = "save"
	CopyText   Verb = "copy-text"
	Fold       Verb = "fold"
	Sandbox    Verb = "sandbox"
	Accounts   Verb = "accounts"
	Change     Verb = "change"
	Add        Verb = "add"
	Pipe       Verb = "pipe"
	Write      Verb = "write"
	Reply      Verb = "reply"
	ReplyAll   Verb = "reply-all"
	ReplyList  Verb = "reply-list"
	Forward    Verb = "forward"
	Delete     Verb = "delete"
	Archive    Verb = "archive"
	Copy       Verb = "copy"
	Flag       Verb = "flag"
	Unread     Verb = "unread"
	Toggle     Verb = "toggle"
	Range      Verb = "range"
	Pattern    Verb = "pattern"
	Limit      Verb = "limit"
	Order      Verb = "order"
	Twin       Verb = "twin"
	Parts      Verb = "parts"
	Headers    Verb = "headers"
	Charset    Verb = "charset"
	Prove      Verb = "prove"
	Step       Verb = "step"
	Ahead      Verb = "ahead"
	Send       Verb = "send"
	Editor     Verb = "editor"
	Notices    Verb = "notices"
	Language   Verb = "language"
	Drafts     Verb = "drafts"
	Outbox     Verb = "outbox"
	Side       Verb = "side"
)

// Group is a column of the help sheet.
type Group int

const (
	ThisMessage Group = iota
	Go
	Many
	Anywhere
	Typing
)

// Binding is one verb with its keys in Bubble Tea's spelling, the first of them the one that is shown. A verb without
// keys is reached through the palette.
type Binding struct {
	Verb   Verb
	Group  Group
	Keys   []string
	Shown  string // as the footer writes the key; empty means Keys[0]
	Typing bool   // works while text is typed, too, by the keys that do not type
}

// Defaults are the bindings of the own key set.
func Defaults() []Binding {
	return []Binding{
		{Verb: Open, Keys: []string{"enter"}, Typing: true},
		{Verb: Reply, Keys: []string{"r"}},
		{Verb: ReplyAll, Keys: []string{"R"}},
		{Verb: ReplyList, Keys: []string{"L"}},
		{Verb: Forward, Keys: []string{"f"}},
		{Verb: Write, Keys: []string{"m"}},
		{Verb: Delete, Keys: []string{"d"}},
		{Verb: Archive, Keys: []string{"a"}},
		{Verb: Save, Keys: []string{"s"}},
		{Verb: Copy, Keys: []string{"C"}},
		{Verb: Flag, Keys: []string{"F"}},
		{Verb: Unread, Keys: []string{"U"}},
		{Verb: Explain, Keys: []string{"e"}},
		{Verb: Trace, Keys: []string{"t"}},
		{Verb: Xray, Keys: []string{"x"}},
		{Verb: Prove, Keys: []string{"p"}},
		{Verb: Parts, Keys: []string{"v"}},
		{Verb: Headers, Keys: []string{"h"}},
		{Verb: Charset, Keys: []string{"E"}},
		{Verb: Fold, Keys: []string{"z"}},
		{Verb: CopyText, Keys: []string{"y"}},
		{Verb: Pipe, Keys: []string{"|"}},
		{Verb: Number, Keys: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, Shown: "1-9"},

		{Verb: Down, Group: Go, Keys: []string{"j", "down"}, Typing: true},
		{Verb: Up, Group: Go, Keys: []string{"k", "up"}, Typing: true},
		{Verb: LeftDown, Group: Go, Keys: []string{"J"}},
		{Verb: LeftUp, Group: Go, Keys: []string{"K"}},
		{Verb: First, Group: Go, Keys: []string{"g", "home"}},
		{Verb: Last, Group: Go, Keys: []string{"G", "end"}},
		{Verb: PageDown, Group: Go, Keys: []string{"pgdown", "ctrl+d"}},
		{Verb: PageUp, Group: Go, Keys: []string{"pgup", "ctrl+u"}},
		{Verb: Left, Group: Go, Keys: []string{"left"}},
		{Verb: Right, Group: Go, Keys: []string{"right"}},
		{Verb: UnreadNext, Group: Go, Keys: []string{"]"}},
		{Verb: UnreadPrev, Group: Go, Keys: []string{"["}},
		{Verb: Find, Group: Go, Keys: []string{"/"}},
		{Verb: HitNext, Group: Go, Keys: []string{"n"}},
		{Verb: HitPrev, Group: Go, Keys: []string{"N"}},
		{Verb: Change, Group: Go, Keys: []string{"c"}},
		{Verb: Next, Group: Go, Keys: []string{"tab"}, Typing: true},
		{Verb: Previous, Group: Go, Keys: []string{"shift+tab"}, Typing: true},

		{Verb: Toggle, Group: Many, Keys: []string{"space"}},
		{Verb: Range, Group: Many, Keys: []string{"V"}},
		{Verb: Pattern, Group: Many, Keys: []string{"T"}},
		{Verb: Limit, Group: Many, Keys: []string{"l"}},
		{Verb: Order, Group: Many, Keys: []string{"o"}},
		{Verb: Twin, Group: Many, Keys: []string{"P"}},
		{Verb: Beside, Group: Many, Keys: []string{"="}},

		{Verb: Palette, Group: Anywhere, Keys: []string{"ctrl+k", ":"}, Typing: true},
		{Verb: Help, Group: Anywhere, Keys: []string{"?", "f1"}, Typing: true},
		{Verb: Wire, Group: Anywhere, Keys: []string{"w"}},
		{Verb: Undo, Group: Anywhere, Keys: []string{"u"}},
		{Verb: Again, Group: Anywhere, Keys: []string{"ctrl+r"}},
		{Verb: Accounts, Group: Anywhere, Keys: []string{"A"}},
		{Verb: Sandbox, Group: Anywhere, Keys: []string{"S"}},
		{Verb: Add, Group: Anywhere, Keys: []string{"+"}},
		{Verb: Step, Group: Anywhere, Keys: []string{"."}},
		{Verb: Ahead, Group: Anywhere, Keys: []string{">"}},
		{Verb: Back, Group: Anywhere, Keys: []string{"esc"}, Typing: true},
		{Verb: Quit, Group: Anywhere, Keys: []string{"q"}},
		{Verb: Stop, Group: Anywhere, Keys: []string{"ctrl+c"}, Typing: true},
		{Verb: Suspend, Group: Anywhere, Keys: []string{"ctrl+z"}, Typing: true},
		{Verb: Redraw, Group: Anywhere, Keys: []string{"ctrl+l"}, Typing: true},
		{Verb: Notices, Group: Anywhere},
		{Verb: Language, Group: Anywhere},
		{Verb: Drafts, Group: Anywhere},
		{Verb: Outbox, Group: Anywhere},
		{Verb: Side, Group: Anywhere},

		{Verb: Send, Group: Typing, Keys: []string{"ctrl+x"}, Typing: true},
		{Verb: Editor, Group: Typing, Keys: []string{"ctrl+o"}, Typing: true},
	}
}

// Conflict is a key that two verbs claim, or a binding for a verb that does not exist.
type Conflict struct {
	Key  string
	Had  Verb // keeps the key; empty for an unknown verb
	Want Verb
}

// Map finds the verb of a key and the keys of a verb. It does not change once made.
type Map struct {
	bindings []Binding
	byKey    map[string]Verb
	byVerb   map[Verb]Binding
	own      bool
}

// Set gives the bindings of a named key set that differ from the defaults: "mutt" gives back the keys that mutt's
// users expect; any other name is todoku's own.
func Set(name string) map[string]string {
	if name != "mutt" {
		return nil
	}
	return map[string]string{string(Toggle): "space t", string(ReplyAll): "R g", string(First): "home =", string(Quit): "q x"}
}

// New makes the map from the defaults, a key set and the settings' own bindings (keys separated by spaces), which
// replace a verb's keys and take a key from the verb that had it by default. Conflicts among the settings themselves
// are reported; the first keeps the key.
func New(set, own map[string]string) (Map, []Conflict) {
	m := Map{byKey: map[string]Verb{}, byVerb: map[Verb]Binding{}, own: len(set)+len(own) == 0}
	wanted, conflicts := wishes(set, own)
	taken := map[string]Verb{}
	for _, name := range sortedNames(wanted) {
		for _, k := range wanted[name] {
			if had, ok := taken[k]; ok {
				conflicts = append(conflicts, Conflict{Key: k, Had: had, Want: name})
				continue
			}
			taken[k] = name
		}
	}
	for _, b := range Defaults() {
		b.Keys = settle(b, wanted, taken)
		if _, changed := wanted[b.Verb]; changed {
			b.Shown = ""
		}
		for _, k := range b.Keys {
			m.byKey[k] = b.Verb
		}
		m.bindings = append(m.bindings, b)
		m.byVerb[b.Verb] = b
	}
	return m, conflicts
}

// wishes puts the settings over the key set and leaves out verbs that do not exist.
func wishes(set, own map[string]string) (map[Verb][]string, []Conflict) {
	known, wanted := map[Verb]bool{}, map[Verb][]string{}
	for _, b := range Defaults() {
		known[b.Verb] = true
	}
	for name, k := range set {
		wanted[Verb(name)] = strings.Fields(k)
	}
	var unknown []Conflict
	for name, k := range own {
		if !known[Verb(name)] {
			unknown = append(unknown, Conflict{Key: k, Want: Verb(name)})
			continue
		}
		wanted[Verb(name)] = strings.Fields(k)
	}
	return wanted, unknown
}

// settle gives the keys that verb b ends up with.
func settle(b Binding, wanted map[Verb][]string, taken map[string]Verb) []string {
	if mine, ok := wanted[b.Verb]; ok {
		return slices.DeleteFunc(slices.Clone(mine), func(k string) bool { return taken[k] != b.Verb })
	}
	return slices.DeleteFunc(slices.Clone(b.Keys), func(k string) bool {
		v, ok := taken[k]
		return ok && v != b.Verb
	})
}

func sortedNames(wanted map[Verb][]string) []Verb {
	return slices.Sorted(maps.Keys(wanted))
}

// Bindings lists all verbs in the order of the help sheet.
func (m Map) Bindings() []Binding { return m.bindings }

// Own reports whether the keys are todoku's own set, unchanged.
func (m Map) Own() bool { return m.own }

// Lookup gives the verb of a key press and, for Number, which number.
func (m Map) Lookup(k tea.Key) (v Verb, n int, ok bool) {
	name := Name(k)
	v, ok = m.byKey[name]
	if v == Number && len(name) == 1 {
		n = int(name[0] - '0')
	}
	return v, n, ok
}

// LookupTyping gives the verb of a key press while text is typed: only keys that type nothing have one.
func (m Map) LookupTyping(k tea.Key) (Verb, bool) {
	if k.Text != "" {
		return "", false
	}
	v, ok := m.byKey[k.String()]
	return v, ok && m.byVerb[v].Typing
}

// Shown is how a verb's key is written; empty when it has none.
func (m Map) Shown(v Verb) string {
	b := m.byVerb[v]
	if b.Shown != "" {
		return b.Shown
	}
	if len(b.Keys) == 0 {
		return ""
	}
	return b.Keys[0]
}

// Group is the column of a verb.
func (m Map) Group(v Verb) Group { return m.byVerb[v].Group }

// Name is the key's name with full-width characters, as an input method types them, taken for their half-width twins.
func Name(k tea.Key) string {
	r := []rune(k.Text)
	if len(r) != 1 {
		return k.String()
	}
	switch h := Half(r[0]); {
	case h == ' ':
		return "space"
	case h != r[0]:
		return string(h)
	}
	return k.String()
}

// Half gives the half-width twin of a character that a Japanese keyboard types with the input method on.
func Half(r rune) rune {
	switch {
	case r >= 0xff01 && r <= 0xff5e:
		return r - 0xfee0
	case r == 0x3000:
		return ' '
	case r == '「':
		return '['
	case r == '」':
		return ']'
	case r == '・':
		return '/'
	case r == '。':
		return '.'
	case r == '￥', r == '¥':
		return '\\'
	}
	return r
}

// Japanese reports whether the key came from an input method that composes Japanese.
func Japanese(k tea.Key) bool {
	for _, r := range k.Text {
		if unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han) || r == 'ー' {
			return true
		}
	}
	return false
}
