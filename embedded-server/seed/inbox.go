package seed

import (
	"fmt"
	"time"

	"todoku/internal/mail"
)

const (
	minute = time.Minute
	hour   = time.Hour
	day    = 24 * time.Hour
)

func allLetters(now time.Time) []letter {
	var all []letter
	for _, group := range [][]letter{
		today(now), threads(now), work(), life(), newsletters(), lists(), charsets(), oddities(), otherFolders(), bobs(), hanakos(), carols(),
	} {
		all = append(all, group...)
	}
	return all
}

// today is what alice finds this morning.
func today(now time.Time) []letter {
	regular := time.Date(now.Year(), now.Month(), now.Day()+2, 10, 0, 0, 0, now.Location())
	return []letter{
		{
			ago: 3 * minute, took: 14 * time.Second, unread: true, from: fromHanako, cc: fromBob, charset: "iso-2022-jp",
			id: "meeting3", re: []string{"meeting1@tsuru.test", "meeting2@sakura.test"}, subject: "来週の打ち合わせ",
			path: []hop{
				{"mail.tsuru.test", "mx1.sakura.test", "ESMTPS", 14 * time.Second},
				{"phone.tsuru.test", "mail.tsuru.test", "ESMTPSA", 600 * time.Millisecond},
			},
			text: `お世話になっております。田中です。
来週の打ち合わせは、水曜の10時でいかがでしょうか。
場所は2階の会議室です。資料を添付します。
地図: https://tsuru.test/map

Bob, the English summary is on page 3.

> 火曜の午後は出張が入ってしまいました。
> 水曜か木曜の午前中でお願いできますか。
> Alice
`,
			files: []file{{
				kind:        "application/pdf; name=\"=?UTF-8?B?YWdlbmRhLeitsOmhjC5wZGY=?=\"",
				disposition: "attachment; filename*=UTF-8''agenda-%E8%AD%B0%E9%A1%8C.pdf",
				data:        pdf("Agenda for Wednesday", "1. Minutes of the last meeting", "2. The new mail gateway", "3. Summary in English"),
			}},
		},
		{
			ago: 29 * minute, unread: true, from: fromBob, id: "printer3", re: []string{"printer1@fuji.test", "printer2@sakura.test"},
			subject: "Re: printer in room 2",
			text: `Found it. There was a whole business card in the paper path.
It says "Dr. K. Abe, Dentist", so somebody will be missing an appointment.

Please try again, and tell me if it still eats envelopes.

Bob

On Friday Alice wrote:
> It prints, but only the left half. The right half comes out on the
> next sheet, a little later, like an echo.
>> Is the printer in room 2 making that noise for you, too?
`,
		},
		{
			ago: 46 * minute, unread: true, from: fromKeiri, charset: "shift_jis", id: "seikyu11",
			subject: "11月分請求書の件（締切 25日）",
			text: `各位

経理部です。お疲れさまです。
11月分の請求書は、25日（水）17時までに経理システムへ登録してください。
今月から様式が変わりました。添付の記入例をご覧ください。

・㈱フジ商会の分は①～③の順に並べてください
・髙橋部長の承認が必要な場合は、お早めに

よろしくお願いいたします。
`,
			files: []file{{
				kind: "application/pdf; name=kinyurei.pdf", disposition: "attachment;\r\n filename*0*=iso-2022-jp''%1B%24B5%2DF%7E;\r\n filename*1*=%4Ec%1B%28B;\r\n filename*2=.pdf",
				data: pdf("Invoice form 11", "Amount: 128,000", "Approved by: Takahashi"),
			}},
		},
		bounce(now),
		{
			ago: 3*hour + 5*minute, from: "calendar <calendar@sakura.test>", id: "invite25", unread: false,
			subject: fmt.Sprintf("Invite: 定例 %d日", regular.Day()),
			text: fmt.Sprintf("定例ミーティング\n日時: %s 10:00-11:00\n場所: 2階 会議室\n\nAccept or decline with the attached invitation.\n",
				regular.Format("2006-01-02")),
			files: []file{{
				kind: "text/calendar; method=REQUEST; charset=utf-8; name=invite.ics", disposition: "attachment; filename=invite.ics",
				data: invitation("teirei-25@sakura.test", "定例ミーティング", "2階 会議室", regular), text: true,
			}},
		},
		{
			ago: 4*hour + 20*minute, unread: true, from: "Door 2 <door2@sakura.test>", id: "door2", subject: "Door 2: battery at 11 %",
			text: "This is door 2, on the garden side.\nMy battery is at 11 %. At 5 % I shall stay as I am, open or shut.\n\nThis mail was sent by a door. Do not answer.\n",
		},
	}
}

// bounce is a delivery status notification (RFC 3464) from alice's own server.
func bounce(now time.Time) letter {
	sent := now.Add(-2*day - hour).Format(dateLayout)
	return letter{
		ago: hour + minute, unread: true, from: "Mail Delivery System <mailer-daemon@mail.sakura.test>", id: "dsn-7F3A2",
		subject: "Undelivered mail returned to sender: carol@tsuru.test, her mailbox is full",
		re:      []string{"photos9@sakura.test"},
		header:  []string{"Auto-Submitted: auto-replied"},
		path:    []hop{{"localhost", "mail.sakura.test", "internal", time.Second}},
		null:    true,
		body: `MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="dsn-7F3A2"

--dsn-7F3A2
Content-Type: text/plain; charset=utf-8
Content-Description: Notification

This is the mail server mail.sakura.test.

Your message could not be delivered to one of its recipients. It was kept
and tried again for two days. Nothing more will be done with it.

  carol@tsuru.test
    mx1.tsuru.test said: 552 5.2.2 Mailbox is full (in reply to end of DATA)

You need not send it again to the other recipients.

--dsn-7F3A2
Content-Type: message/delivery-status
Content-Description: Delivery report

Reporting-MTA: dns; mail.sakura.test
X-Queue-ID: 7F3A2
Arrival-Date: ` + sent + `

Final-Recipient: rfc822; carol@tsuru.test
Original-Recipient: rfc822;carol@tsuru.test
Action: failed
Status: 5.2.2
Remote-MTA: dns; mx1.tsuru.test
Diagnostic-Code: smtp; 552 5.2.2 Mailbox is full

--dsn-7F3A2
Content-Type: text/rfc822-headers
Content-Description: Header of the undelivered message

From: Alice Sakura <alice@sakura.test>
To: Carol Tsuru <carol@tsuru.test>, Bob Fuji <bob@fuji.test>
Subject: 40 photos from the lake
Date: ` + sent + `
Message-ID: <photos9@sakura.test>

--dsn-7F3A2--
`,
	}
}

// threads are conversations over several days; alice's halves lie in Sent.
func threads(now time.Time) []letter {
	return []letter{
		{
			ago: 3*day + 2*hour, from: fromHanako, cc: fromBob, charset: "iso-2022-jp", id: "meeting1", flags: mail.Answered, subject: "来週の打ち合わせ",
			text: "お世話になっております。田中です。\n\n次回の打ち合わせですが、来週火曜の14時はご都合いかがでしょうか。\n議題は前回の続きと、新しいメールゲートウェイの件です。\n",
		},
		{
			folder: "Sent", ago: 3 * day, from: fromAlice, to: fromHanako, cc: fromBob, id: "meeting2", re: []string{"meeting1@tsuru.test"},
			subject: "Re: 来週の打ち合わせ", text: "火曜の午後は出張が入ってしまいました。\n水曜か木曜の午前中でお願いできますか。\n\nAlice\n",
		},
		{
			ago: 3*day + 20*hour, from: fromBob, id: "printer1", flags: mail.Answered, subject: "printer in room 2",
			text: "Is the printer in room 2 making that noise for you, too?\nIt sounds like a small animal that has been told bad news.\n\nBob\n",
		},
		{
			folder: "Sent", ago: 3*day + 19*hour, from: fromAlice, to: fromBob, id: "printer2", re: []string{"printer1@fuji.test"}, subject: "Re: printer in room 2",
			text: "It prints, but only the left half. The right half comes out on the\nnext sheet, a little later, like an echo.\n\nAlice\n",
		},
		{
			ago: day + 3*hour, from: fromSato, charset: "euc-jp", id: "ohiru3", re: []string{"ohiru1@sakura.test", "ohiru2@sakura.test"}, flags: mail.Answered,
			subject: "Re: 木曜のお昼", text: "いいですね、蕎麦にしましょう。\n12時に1階のロビーで待っています。\n\n佐藤\n\n> 駅前に新しい蕎麦屋さんができたそうです。\n> 木曜、どうですか?\n",
		},
		{
			ago: 2*day + 4*hour, from: fromSato, charset: "euc-jp", id: "ohiru1", flags: mail.Answered, subject: "木曜のお昼",
			text: "木曜のお昼、ひさしぶりに一緒にどうですか。\n食堂以外がいいです。\n\n佐藤\n",
		},
		{
			folder: "Sent", ago: 2 * day, from: fromAlice, to: fromSato, id: "ohiru2", re: []string{"ohiru1@sakura.test"}, subject: "Re: 木曜のお昼",
			text: "駅前に新しい蕎麦屋さんができたそうです。\n木曜、どうですか?\n",
		},
		{
			ago: day + 5*hour, from: fromCarol, id: "contract4", flags: mail.Flagged, subject: "Contract, signed",
			re: []string{"contract1@tsuru.test", "contract2@sakura.test", "contract3@tsuru.test"},
			text: `Dear Alice,

it is done: both copies are signed, yours is in the post. The lawyers
have agreed to disagree about the comma in section 4 and to leave it in.

The scan is attached. Shall we celebrate on the 5th? I know a place that
serves nothing but dumplings.

Carol
`,
			files: []file{{kind: "application/pdf; name=\"contract signed.pdf\"", disposition: "attachment; filename=\"contract signed.pdf\"",
				data: pdf("Contract", "between sakura.test and tsuru.test", "Section 4: The parties, agree.", "Signed: C. Tsuru")}},
		},
		{
			ago: 8 * day, from: fromCarol, id: "contract1", flags: mail.Answered, subject: "Contract, second draft",
			text: "Dear Alice,\n\nhere is the second draft, with your changes and two of mine. Please look at\nsection 4 most of all: there is a comma in it that I do not like.\n\nCarol\n",
		},
		{
			ago: 6 * day, from: fromCarol, id: "contract3", re: []string{"contract1@tsuru.test", "contract2@sakura.test"}, subject: "Re: Contract, second draft",
			text: "> I have read it twice and I do like the comma.\n\nThen it stays. I shall tell the lawyers that you insist, and they will\nwrite each other letters about it until spring.\n\nCarol\n",
		},
		{
			folder: "Sent", ago: 7 * day, from: fromAlice, to: fromCarol, id: "contract2", re: []string{"contract1@tsuru.test"}, subject: "Re: Contract, second draft",
			text: "Dear Carol,\n\nI have read it twice and I do like the comma.\nEverything else is fine with us.\n\nAlice\n",
		},
	}
}

// work is the rest of the office.
func work() []letter {
	return []letter{
		{
			ago: 3*day + 6*hour, from: fromBob, cc: "team <team@fuji.test>", id: "minutes18", subject: "Minutes of 18 Nov", typeParams: "; format=flowed; delsp=no",
			text: `Present: Alice, Bob, Carol (by telephone), Hanako. The telephone was 
put in the middle of the table and addressed as Carol throughout.

1. The gateway moves on Sunday night. Hanako writes the announcement, 
Bob stays awake, and everybody else promises not to look at their mail 
before Monday, 8 o'clock.

2. Old accounts are closed at the end of the year. Alice asks who owns 
"fax2". Nobody does. It has 14,000 messages and answers some of them.

3. Any other business: the plant in the hall. It stays.

> From the last minutes: the plant in the hall goes.

-- 
Bob Fuji, fuji.test
`,
		},
		{
			ago: 5 * day, from: fromHanako, charset: "iso-2022-jp", id: "gijiroku12", flags: mail.Forwarded, subject: "議事録 第12回",
			text: "第12回の議事録をお送りします。\n\n決定事項\n ① ゲートウェイの移行は日曜深夜に実施\n ② 旧アカウントは年末で終了\n ③ 観葉植物は残す\n\n№12 の資料は共有フォルダにあります。㈱ツル 田中\n",
		},
		{
			ago: 7*day + 3*hour, from: "人事部 <jinji@sakura.test>", charset: "iso-2022-jp", id: "nenmatsu", subject: "年末調整の書類について（重要）",
			text: "社員の皆さま\n\n年末調整の書類を今月末までに提出してください。\n提出先: 2階 人事部 窓口(平日 9:30~17:00)\n\n提出が遅れると、還付が翌年2月になります。\n",
		},
		{
			ago: 9 * day, from: "ops <ops@sakura.test>", id: "disk91", subject: "[mail.sakura.test] disk /var 91 % full",
			text: "host: mail.sakura.test\ncheck: disk /var\nstate: WARNING (91 % of 40 GB)\nsince: 03:12\n\nlargest:\n  18.2 GB  /var/mail/fax2\n   2.1 GB  /var/log\n",
		},
		{
			ago: 10 * day, from: fromYama, charset: "euc-jp", id: "mitsumori", subject: "お見積りの件",
			text: "アリス様\n\nいつもお世話になっております。山本です。\nご依頼のお見積り、以下の通りです。\n\n  機材一式   ￥128,000\n  設置費      ￥24,000\n  合計       ￥152,000（税別）\n\nご検討のほど、よろしくお願いいたします。\n",
		},
		{
			ago: 11*day + 2*hour, from: fromBob, id: "fwdfax", subject: "Fwd: fax2 has answered a customer",
			text: "I forward this as it came, because you would not believe me.\n\nBob\n",
			files: []file{{kind: "message/rfc822", disposition: "inline", text: true, data: []byte(`From: fax2 <fax2@sakura.test>
To: "Abe, K. (Dentist)" <abe@dentist.test>
Subject: Re: Your invoice
Date: Thu, 12 Nov 2026 03:33:33 +0900
Message-ID: <f-00014002@sakura.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="inner-fax"

--inner-fax
Content-Type: text/plain; charset=us-ascii

RECEIVED 1 PAGE(S). THANK YOU FOR YOUR FAX. PLEASE BRUSH TWICE DAILY.

--inner-fax
Content-Type: image/png; name=page1.png
Content-Transfer-Encoding: base64

iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsvnhZwAAAABJRU5ErkJggg==

--inner-fax--
`)}},
		},
		{
			ago: 12 * day, from: "Helpdesk <help@sakura.test>", id: "ticket4711", subject: "[#4711] Your ticket: \"the mouse is tired\"",
			header: []string{"Auto-Submitted: auto-generated", "X-Ticket: 4711"},
			text:   "Hello Alice,\n\nthank you for your ticket. A colleague will look at the mouse.\nUntil then, please let it rest.\n\nState: open\nPriority: low\n",
		},
		{
			ago: 20 * day, from: "Security Team <security@sakura.test>", id: "certs", subject: "Certificates expire on 21 February",
			text: "The certificates of mail.sakura.test and mx1.sakura.test expire on\n21 February. The renewal runs by itself, as it did last year, when it\ndid not.\n\nPlease put the date into your calendar.\n",
		},
	}
}

// life is what else arrives.
func life() []letter {
	return []letter{
		{
			ago: 2*day + 6*hour, from: fromYama, id: "shashin", subject: "写真を送ります", charset: "utf-8",
			text:  "先週の富士山です。朝5時に起きた甲斐がありました。\nI got up at five for this. Worth it, I think.\n\n健\n",
			files: []file{{kind: "image/png; name=fuji-asa.png", disposition: "attachment; filename=fuji-asa.png", data: picture(160, 120), id: "fuji@fuji.test"}},
		},
		{
			ago: 4 * day, from: "Mama <mama@tsuru.test>", id: "mikan", subject: "みかん 🍊 送りました", charset: "utf-8",
			text: "みかんを一箱送りました。水曜に着くそうです。\nご近所にも分けてね。ちゃんと食べてる?👨‍👩‍👧\n\n母より\n",
		},
		{
			ago: 6*day + 4*hour, from: "錦鯉クラブ <carp@fuji.test>", charset: "shift_jis", id: "koi2", subject: "錦鯉クラブ 冬の観賞会のお知らせ",
			text: "会員の皆様\n\n冬の観賞会を下記の通り開催します。\n\n 日時  12月6日（日）10:00～15:00\n 場所  富士池公園\n 会費  ￥1,500（弁当付）\n\nソ連製ポンプの能力表示について（表・十・構・予・ソ）もご説明します。\n",
		},
		{
			ago: 13 * day, from: "Bob Fuji (private) <bob@fuji.test>", id: "chess17", subject: "Chess: 17. Nf5",
			text: "17. Nf5\n\nI looked at this for two weeks and I still do not see what you can do.\nYour move. No computer!\n\nBob\n",
		},
		{
			ago: 15 * day, from: "図書館 <library@sakura.test>", charset: "iso-2022-jp", id: "library", subject: "ご予約の本が届きました",
			text: "アリス 様\n\nご予約の資料をご用意できました。\n\n  『電子メールの作法』\n  『郵便と鉄道の百年』\n\n取り置き期限は一週間です。\n桜市立図書館\n",
		},
		{
			ago: 16 * day, from: "\"Dr. K. Abe, Dentist\" <abe@dentist.test>", id: "dentist", subject: "Your appointment, and a lost business card",
			text: "Dear Ms Sakura,\n\nyour next appointment is on 8 December at 9:30.\n\nBy the way: I seem to have lost a business card in your office, in or\nnear a printer. It is my last one. I should like to have it back.\n\nK. Abe\n",
		},
		{
			ago: 21 * day, from: fromSato, id: "cake", subject: "ケーキあります (3階)", charset: "utf-8",
			text: "誕生日のケーキが余っています。3階の冷蔵庫です。\nFirst come, first served. お早めに!\n",
		},
		{
			ago: 25 * day, from: "Lake House <stay@lake.test>", id: "booking", subject: "Booking confirmed: 2 nights, 1 kayak",
			text: "Thank you, Alice!\n\nArrival    Fri 13 Nov, after 15:00\nDeparture  Sun 15 Nov, before 11:00\nGuests     2\nKayaks     1\n\nThe key is under the third stone. Please put it back under the third stone.\n",
		},
	}
}
