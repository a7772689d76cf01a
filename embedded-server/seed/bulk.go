package seed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"todoku/embedded-server/maildrop"
	"todoku/internal/mail"
)

// bulkBatch is how many generated messages one transaction holds.
const bulkBatch = 2000

// vocabulary is what generated messages are made of.
type vocabulary struct {
	people, subjects, lines []string
}

func ordinary() vocabulary {
	return vocabulary{
		people: []string{
			fromHanako, fromBob, fromCarol, fromSato, fromYama, fromKeiri, "ops <ops@sakura.test>", "Ines Müller <ines@post.example>",
			"人事部 <jinji@sakura.test>", "Kayak Weekly <hello@kayak.test>", "図書館 <library@sakura.test>", "Door 2 <door2@sakura.test>",
		},
		subjects: []string{
			"来週の予定", "請求書の件", "Minutes", "議事録", "お昼どうですか", "Lunch on Thursday?", "Printer again", "会議室の予約", "Re: contract",
			"資料を送ります", "Backup report", "出張の報告", "Question about the gateway", "ご確認ください", "Chess", "写真", "Invoice",
		},
		lines: []string{
			"お世話になっております。", "Please have a look at the attached numbers.", "来週の水曜までにご返事ください。", "I am out of the office until Monday.",
			"添付の資料をご確認ください。", "The second page is the interesting one.", "よろしくお願いいたします。", "Thank you, and see you on Thursday.",
			"会議は2階の会議室で行います。", "It worked when I tried it the third time.", "請求書は経理部へお送りください。", "Nobody knows why, but it is faster now.",
		},
	}
}

// generate delivers count messages to alice's INBOX, one every 37 minutes up to two months ago.
func generate(ctx context.Context, store *maildrop.Store, o Options, count int) error {
	v := ordinary()
	random := rand.New(rand.NewPCG(uint64(o.Seed), 0x746f646f6b75))
	first := o.Now.Add(-60 * day).Truncate(time.Second).Add(-time.Duration(count) * 37 * minute)
	committed := make(chan error, 1)
	committed <- nil
	for done := 0; done < count; {
		var batch maildrop.Batch
		for ; done < count && len(batch.Deliver) < bulkBatch; done++ {
			batch.Deliver = append(batch.Deliver, v.message(random, done, first.Add(time.Duration(done)*37*minute)))
		}
		// While one batch is written, the next is made.
		if err := <-committed; err != nil {
			return err
		}
		go func() { committed <- store.Commit(ctx, batch) }()
	}
	return <-committed
}

func (v *vocabulary) message(random *rand.Rand, n int, sent time.Time) maildrop.Delivery {
	from := v.people[random.IntN(len(v.people))]
	subject := fmt.Sprintf("%s %d", v.subjects[random.IntN(len(v.subjects))], n+1)
	name, rest, _ := strings.Cut(from, " <")
	var b strings.Builder
	fmt.Fprintf(&b, "Return-Path: <%s>\r\nReceived: from mail.%s by mx1.sakura.test with ESMTPS id B%07d\r\n\tfor <%s>; %s\r\n",
		address(from), address(from)[strings.IndexByte(address(from), '@')+1:], n, alice, sent.Add(2*time.Second).Format(dateLayout))
	fmt.Fprintf(&b, "From: %s <%s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <bulk%d@sakura.test>\r\n",
		words("utf-8", name), rest, fromAlice, words("utf-8", subject), sent.Format(dateLayout), n)
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
	for range 3 + random.IntN(9) {
		b.WriteString(v.lines[random.IntN(len(v.lines))] + "\r\n")
	}
	flags := mail.Seen
	if random.IntN(40) == 0 {
		flags = 0
	}
	if random.IntN(25) == 0 {
		flags |= mail.Flagged
	}
	if random.IntN(6) == 0 {
		flags |= mail.Answered
	}
	return maildrop.Delivery{Mailbox: alice, Flags: flags, Received: sent.Add(2 * time.Second), Data: []byte(b.String())}
}
