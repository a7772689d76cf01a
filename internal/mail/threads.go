package mail

import (
	"cmp"
	"slices"
	"strings"
)

// Thread is a conversation: its messages as indexes into what Threads was given, answers below what they answer.
type Thread struct {
	Items []ThreadItem // the first is the root, or stands for it if the root is not there
}

// ThreadItem is one message of a thread and how many answers it is below the root.
type ThreadItem struct {
	Index int
	Depth int
}

// maxThreadDepth bounds the depth that is told; deeper answers stand at it.
const maxThreadDepth = 50

// Threads groups messages into conversations by References and In-Reply-To (RFC 5322 section 3.6.4, in the manner of
// RFC 5256 section 3); an answer that names no parent joins the message with its subject that came before it. Threads
// with the newest message come first; inside a thread answers stand in the order of their dates. It takes time in
// proportion to messages and references.
func Threads(messages []Message) []Thread {
	t := threader{messages: messages, byID: make(map[string]int, len(messages)), parent: make([]int, len(messages)), answered: make([]bool, len(messages))}
	for i := range messages {
		t.parent[i] = -1
		if id := messages[i].Envelope.MessageID; id != "" {
			if _, dup := t.byID[id]; !dup {
				t.byID[id] = i
			}
		}
	}
	t.link()
	t.linkSubjects()
	return t.threads()
}

type threader struct {
	messages []Message
	byID     map[string]int
	parent   []int
	answered []bool // it is somebody's parent
}

// link makes the newest reference that is there the parent. Messages that share a missing ancestor become siblings.
func (t *threader) link() {
	missing := make(map[string]int) // reference -> the first message that names it
	for i := range t.messages {
		e := &t.messages[i].Envelope
		refs := e.References
		if len(e.InReplyTo) > 0 {
			refs = append(slices.Clone(refs), e.InReplyTo[0])
		}
		for _, id := range slices.Backward(refs) {
			if p, ok := t.byID[id]; ok && t.adopt(p, i) {
				break
			}
		}
		if t.parent[i] >= 0 || len(refs) == 0 {
			continue
		}
		if first, ok := missing[refs[0]]; ok {
			t.adopt(first, i)
		} else {
			missing[refs[0]] = i
		}
	}
}

// maxClimb bounds the search for circles; whoever answers below that many answers starts a thread.
const maxClimb = 1000

// adopt makes p the parent of i unless that would close a circle, which only one with answers of its own can.
func (t *threader) adopt(p, i int) bool {
	if p == i {
		return false
	}
	if t.answered[i] {
		climbed := 0
		for n := p; n >= 0; n = t.parent[n] {
			if climbed++; n == i || climbed > maxClimb {
				return false
			}
		}
	}
	t.parent[i], t.answered[p] = p, true
	return true
}

// linkSubjects joins answers without references to the newest earlier message of their subject.
func (t *threader) linkSubjects() {
	order := make([]int, len(t.messages))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return t.when(a, b) })
	last := make(map[string]int)
	for _, i := range order {
		e := &t.messages[i].Envelope
		base := Fold(BaseSubject(e.Subject))
		answer := base != Fold(strings.TrimSpace(e.Subject))
		if p, ok := last[base]; ok && answer && base != "" && t.parent[i] < 0 && len(e.References) == 0 {
			t.adopt(p, i)
		}
		last[base] = i
	}
}

func (t *threader) when(a, b int) int {
	return cmp.Or(t.messages[a].Envelope.Date.Compare(t.messages[b].Envelope.Date), cmp.Compare(a, b))
}

func (t *threader) threads() []Thread {
	children := make(map[int][]int)
	var roots []int
	for i, p := range t.parent {
		if p < 0 {
			roots = append(roots, i)
			continue
		}
		children[p] = append(children[p], i)
	}
	for _, c := range children {
		slices.SortFunc(c, t.when)
	}
	threads := make([]Thread, 0, len(roots))
	newest := make([]int, 0, len(roots))
	for _, root := range roots {
		thread := Thread{}
		latest := root
		stack := []ThreadItem{{root, 0}}
		for len(stack) > 0 {
			item := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			thread.Items = append(thread.Items, item)
			if t.when(latest, item.Index) < 0 {
				latest = item.Index
			}
			for _, c := range slices.Backward(children[item.Index]) {
				stack = append(stack, ThreadItem{c, min(item.Depth+1, maxThreadDepth)})
			}
		}
		threads, newest = append(threads, thread), append(newest, latest)
	}
	order := make([]int, len(threads))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return t.when(newest[b], newest[a]) })
	sorted := make([]Thread, len(threads))
	for i, n := range order {
		sorted[i] = threads[n]
	}
	return sorted
}
