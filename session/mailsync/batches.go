package mailsync

import (
	"bytes"
	"io"
	"slices"

	"todoku/internal/store"
	"todoku/protocols/pop3"
)

// POP3's batches: what one durable commit holds. A commit takes what came during the one before: on a quick disk little, so
// that little is left to do when the last message has come; on a slow one as much as a batch may hold. The first is small, so that
// the newest messages are seen soon, the others are not so small that syncing takes longer than writing.
const (
	firstMessages = 50
	fewMessages   = 200
	batchMessages = 1600
	batchOctets   = 4 << 20
)

// batches collects retrieved messages for durable commits, each of which is made while the next messages are retrieved.
type batches struct {
	filling batch
	other   batch // being committed, or committed: its memory comes next
	memory  int   // octets of a batch's memory
	few     int   // with how many messages the batch being filled goes where nothing is being committed
	commits *writing[[]store.Fetched]
	stored  int // what is durable; settled after end
}

// batch is what one commit takes.
type batch struct {
	messages []store.Fetched
	octets   int
	memory   []byte // of the messages, one behind the other
}

// startBatches begins; end must follow. No message is in two batches, nor in use when its commit has returned.
func startBatches(missing []pop3.Entry, commit func([]store.Fetched) error) *batches {
	b := &batches{few: firstMessages}
	announced := int64(0)
	for _, e := range missing {
		announced += e.Octets
	}
	b.memory = int(min(announced, batchOctets)) + bytes.MinRead
	b.commits = startWriting(func(some []store.Fetched) error {
		err := commit(some)
		if err == nil {
			b.stored += len(some)
		}
		return err
	})
	return b
}

// read reads a message whose size was announced, at most one octet more than any message may have. It stands in the
// batch's memory, where it is not alive any more once the batch is committed, or where it does not fit in memory of its
// own: for the announced size, but for no more than a batch, because a server's word costs no memory.
func (b *batches) read(body io.Reader, announced int64) ([]byte, error) {
	f := &b.filling
	if f.memory == nil {
		f.memory = make([]byte, 0, b.memory)
	}
	buf := bytes.NewBuffer(f.memory[len(f.memory):])
	buf.Grow(int(min(max(announced, 0), batchOctets)) + bytes.MinRead)
	_, err := buf.ReadFrom(io.LimitReader(body, pop3MessageOctets+1))
	raw := slices.Clip(buf.Bytes())
	f.memory = f.memory[:min(len(f.memory)+len(raw), cap(f.memory))]
	return raw, err
}

func (b *batches) add(m store.Fetched) error {
	b.filling.messages = append(b.filling.messages, m)
	b.filling.octets += len(m.Raw)
	n := len(b.filling.messages)
	if n >= batchMessages || b.filling.octets >= batchOctets {
		return b.flush()
	}
	if n < b.few {
		return nil
	}
	taken, err := b.commits.offer(b.filling.messages)
	if taken {
		b.next()
	}
	return err
}

// flush gives the batch to be committed.
func (b *batches) flush() error {
	if len(b.filling.messages) == 0 {
		return nil
	}
	err := b.commits.give(b.filling.messages)
	b.next()
	return err
}

// next begins the batch after one that was taken: then the one before that is committed.
func (b *batches) next() {
	b.filling, b.other = b.other.emptied(), b.filling
	b.few = fewMessages
}

// emptied is an empty batch in the same memory.
func (b batch) emptied() batch {
	return batch{messages: b.messages[:0], memory: b.memory[:0]}
}

// end returns when everything added is durable, or with the reason why not.
func (b *batches) end() error {
	_ = b.flush() // what fails is said by end
	return b.commits.end()
}
