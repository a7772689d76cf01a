package seed

import (
	"encoding/base64"
	"strings"
	"time"

	"todoku/internal/mail"
)

// newsletters are HTML: tables, links, pictures that must not be fetched.
func newsletters() []letter {
	return []letter{
		{
			ago: 2*day + 9*hour, from: "ﾌｼﾞ書店 <news@books.fuji.test>", charset: "iso-2022-jp", id: "books48", subject: "今週の新刊 8冊 ﾎﾟｲﾝﾄ2倍!",
			header: []string{"List-Unsubscribe: <https://books.fuji.test/unsubscribe?u=4711>, <mailto:leave@books.fuji.test>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"},
			text:   "今週の新刊\n\n 1. 郵便の夜明け         ￥1,980\n 2. 蕎麦とうどんの戦い   ￥1,320\n 3. ﾒｰﾙｻｰﾊﾞの気持ち       ￥2,750\n\nﾎﾟｲﾝﾄ2倍は日曜まで。 https://books.fuji.test/48\n",
			html: `<html><head><meta http-equiv="Content-Type" content="text/html; charset=iso-2022-jp"><style>td{padding:4px}</style></head>
<body bgcolor="#ffffff"><img src="https://books.fuji.test/logo.png" alt="ﾌｼﾞ書店" width="120">
<h2>今週の新刊 8冊</h2>
<table border="1">
<tr><th>書名</th><th>著者</th><th>価格</th></tr>
<tr><td><a href="https://books.fuji.test/48/1">郵便の夜明け</a></td><td>山本 一郎</td><td align="right">￥1,980</td></tr>
<tr><td><a href="https://books.fuji.test/48/2">蕎麦とうどんの戦い</a></td><td>佐藤 二郎</td><td align="right">￥1,320</td></tr>
<tr><td><a href="https://books.fuji.test/48/3">ﾒｰﾙｻｰﾊﾞの気持ち</a></td><td>田中 三郎</td><td align="right">￥2,750</td></tr>
</table>
<p>ﾎﾟｲﾝﾄ<b>2倍</b>は<u>日曜まで</u>。</p>
<p style="font-size:9px"><a href="https://books.fuji.test/unsubscribe?u=4711">配信停止</a></p>
<img src="https://track.books.fuji.test/open.gif?u=4711" width="1" height="1">
</body></html>
`,
		},
		{
			ago: 5*day + 7*hour, from: "Kayak Weekly <hello@kayak.test>", id: "kayak31", subject: "Five knots, four lakes & a café on stilts", charset: "utf-8", encoding: "quoted-printable",
			header: []string{"List-Unsubscribe: <mailto:off@kayak.test>"},
			text:   "Five knots, four lakes & a café on stilts\n\nRead it in your browser: https://kayak.test/31\n",
			html: `<!DOCTYPE html><html><body><div style="max-width:600px">
<h1>Five knots, four lakes &amp; a caf&eacute; on stilts</h1>
<ul><li><a href="https://kayak.test/31/knots">Five knots</a> that hold</li><li>Four lakes: <ol><li>Ashi</li><li>Biwa</li><li>Chuzenji</li><li>one we keep secret</li></ol></li></ul>
<blockquote>&ldquo;I fell in twice and would do it again.&rdquo;<br>&mdash; a reader</blockquote>
<table width="100%"><tr><td>Mon</td><td>12&deg;C</td></tr><tr><td>Tue</td><td>9&deg;C</td></tr></table>
<a href="http://kayak.test.login.example/account">https://kayak.test/account</a>
<script>alert("no")</script><img src="http://kayak.test/31/pixel.png">
</div></body></html>
`,
		},
		{
			ago: 14 * day, from: "さくら銀行 <info@bank.sakura.test>", charset: "utf-8", id: "bank", subject: "【さくら銀行】システムメンテナンスのお知らせ",
			text: "下記の日程でインターネットバンキングを停止します。\n\n停止日時: 12月13日(日) 0:00~6:00\n\n※当行がメールでパスワードをお尋ねすることはありません。\n",
			html: "<p>下記の日程でインターネットバンキングを停止します。</p><p><b>停止日時:</b> 12月13日(日) 0:00&#xFF5E;6:00</p><p><small>※当行がメールでパスワードをお尋ねすることはありません。</small></p>\n",
		},
	}
}

// lists are a mailing list with its headers, and a long way through its servers.
func lists() []letter {
	listHeader := []string{
		"Sender: smtp-talk-bounces@lists.tsuru.test", "List-Id: Talk about SMTP <smtp-talk.lists.tsuru.test>",
		"List-Post: <mailto:smtp-talk@lists.tsuru.test>", "List-Help: <mailto:smtp-talk-request@lists.tsuru.test?subject=help>",
		"List-Unsubscribe: <mailto:smtp-talk-leave@lists.tsuru.test>", "List-Archive: <https://lists.tsuru.test/smtp-talk/>",
		"Precedence: list", "Reply-To: smtp-talk@lists.tsuru.test",
	}
	const to = "smtp-talk <smtp-talk@lists.tsuru.test>"
	return []letter{
		{
			ago: 2 * day, took: 3*hour + 12*minute, from: "Ines Müller <ines@post.example>", to: to, charset: "utf-8", encoding: "8bit", id: "list901", header: listHeader,
			subject: "[smtp-talk] Greylisting took three hours, is that normal?",
			path: []hop{
				{"lists.tsuru.test", "mx1.sakura.test", "ESMTPS", 3*hour + 12*minute},
				{"localhost", "lists.tsuru.test", "LMTP", 3*hour + 11*minute + 58*time.Second},
				{"out3.post.example", "mx2.tsuru.test", "ESMTPS", 3*hour + 11*minute + 50*time.Second},
				{"scan.post.example", "out3.post.example", "ESMTP", 4 * time.Second},
				{"[203.0.113.9]", "submit.post.example", "ESMTPSA", time.Second},
			},
			text: "Hello,\n\nmy message waited three hours at out3 before mx2 took it. The log says\n\"451 4.7.1 Greylisted, come back in 300 s\", and then nothing until the\nnext queue run. Is three hours normal? It was a birthday greeting.\n\nGrüße\nInes\n",
		},
		{
			ago: 2*day - 5*hour, took: 40 * time.Second, from: fromBob, to: to, id: "list902", re: []string{"list901@post.example"}, header: listHeader,
			subject: "Re: [smtp-talk] Greylisting took three hours, is that normal?",
			path: []hop{
				{"lists.tsuru.test", "mx1.sakura.test", "ESMTPS", 40 * time.Second},
				{"mail.fuji.test", "lists.tsuru.test", "ESMTPS", 31 * time.Second},
				{"desk.fuji.test", "mail.fuji.test", "ESMTPSA", -3 * minute}, // this server's clock is late
			},
			text: "> Is three hours normal?\n\nIt is normal for a queue that doubles its waiting time, if the first tries\ncame from two different addresses: the greylist began anew each time.\nLook at the IP addresses of your tries.\n\nHappy birthday to whoever it was.\n\nBob\n",
		},
		{
			ago: 2*day - 7*hour, from: fromCarol, to: to, id: "list903", re: []string{"list901@post.example", "list902@fuji.test"}, header: listHeader,
			subject: "Re: [smtp-talk] Greylisting took three hours, is that normal?",
			text:    "On our side mx2 greylists by /24, so a pool in one network passes.\nI have shortened the delay to 60 s, because nobody could say why it was 300.\n\nCarol\n",
		},
	}
}

// charsets show each Japanese charset, and labels that lie.
func charsets() []letter {
	return []letter{
		{
			ago: 17 * day, from: "ﾀﾅｶ ﾊﾅｺ <hanako@tsuru.test>", charset: "iso-2022-jp", id: "hankaku", subject: "ﾃｽﾄ: ISO-2022-JP の半角ｶﾅ",
			text: "半角ｶﾅは JIS X 0201、ESC ( I で入れます。\nｱｲｳｴｵ ｶﾞｷﾞｸﾞ ﾊﾟﾋﾟﾌﾟ\n①②③ ㈱ № ℡ ㎜ は NEC の 13 区です。\n髙橋さんと﨑山さんは IBM 拡張にいます。\n",
		},
		{
			ago: 17*day + hour, from: fromHanako, charset: "shift_jis", label: "iso-2022-jp", encoding: "8bit", id: "liar1", subject: "ラベルと中身が違うメール",
			text: "このメールは ISO-2022-JP だと名乗っていますが、中身は CP932 です。\n昔の携帯電話から届くことがあります。\n",
		},
		{
			ago: 17*day + 2*hour, from: fromHanako, charset: "euc-jp", label: "-", encoding: "8bit", id: "liar2", subject: "ラベルのないメール",
			text: "このメールには文字コードの指定がありません。EUC-JP で書きました。\n読めますか。\n",
		},
		{
			ago: 17*day + 3*hour, from: fromYama, label: "iso-8859-1", encoding: "8bit", id: "liar3", subject: "UTF-8 と書くべきところ",
			text: "UTF-8 の本文に iso-8859-1 というラベルが付いています。\nã‚ のように見えたら、文字化けです。\n",
		},
		{
			ago: 18 * day, from: fromYama, charset: "shift_jis", label: "Windows-31J", encoding: "8bit", id: "cp932", subject: "機種依存文字の一覧",
			text: "①②③④⑤ ⅠⅡⅢ ㍉㌔㌢ ㊤㊥㊦ ㈱㈲㈹ ㍾㍽㍼ №℡ 髙﨑德彅\n波ダッシュ: ～ 全角ハイフン: －\n",
		},
		rawHeader(),
		splitEscape(),
		{
			ago: 18*day + 4*hour, from: fromBob, id: "names", subject: "Four files, four ways to write a name", charset: "utf-8",
			text: "Each file holds its own name.\n",
			files: []file{
				{kind: "text/plain; charset=utf-8", disposition: "attachment; filename*=utf-8'ja'%E8%A6%8B%E7%A9%8D%E6%9B%B8.txt", data: []byte("見積書.txt\n"), text: true},
				{kind: "text/plain; charset=utf-8", disposition: "attachment; filename*0*=shift_jis''%8B%63; filename*1*=%8E%96%98%5E; filename*2=\".txt\"", data: []byte("議事録.txt\n"), text: true},
				{kind: "text/plain; charset=utf-8; name=\"" + words("iso-2022-jp", "請求書.txt") + "\"", disposition: "attachment; filename=\"" + words("iso-2022-jp", "請求書.txt") + "\"", data: []byte("請求書.txt\n"), text: true},
				{kind: "text/plain; charset=utf-8", disposition: "attachment; filename=\"../../etc/passwd\u202etxt.exe\"", data: []byte("a name that wants out\n"), text: true},
			},
		},
	}
}

// rawHeader has Shift_JIS octets in its header, as they are.
func rawHeader() letter {
	sjis := func(s string) string { return string(encode("shift_jis", s)) }
	return letter{
		ago: 18*day + hour, from: "fax2@sakura.test", id: "rawheader", label: "-",
		header: []string{"Subject: " + sjis("生の８ビットの件名"), "Comments: " + sjis("符号化されていない見出し")},
		body:   "Content-Type: text/plain; charset=Shift_JIS\nContent-Transfer-Encoding: 8bit\n\n" + sjis("件名にも本文にも Shift_JIS がそのまま入っています。\n"),
	}
}

// splitEscape has one ISO-2022-JP text cut over two encoded-words without going back to ASCII between them.
func splitEscape() letter {
	whole := encode("iso-2022-jp", "件名が途中で切れています")
	half := 3 + (len(whole)-6)/4*2 // after the escape sequence, between two characters
	word := func(b []byte) string { return "=?ISO-2022-JP?B?" + base64.StdEncoding.EncodeToString(b) + "?=" }
	return letter{
		ago: 18*day + 2*hour, from: "fax2@sakura.test", id: "splitescape",
		header: []string{"Subject: " + word(whole[:half]) + "\r\n " + word(whole[half:])},
		body:   "Content-Type: text/plain; charset=us-ascii\n\nThe subject was cut in the middle, and the second half begins without its\nescape sequence.\n",
	}
}

// oddities are what broken and hostile programs send. None of it may stop a reader.
func oddities() []letter {
	return []letter{
		{
			ago: 19 * day, from: "fax2@sakura.test", id: "noend", subject: "Broken MIME: no last boundary",
			body: "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=fax\n\n--fax\nContent-Type: text/plain\n\nPage 1 of 2. The boundary that should end this message never comes.\n\n--fax\nContent-Type: text/html\n\n<p>Page 2 of 2.</p>\n",
		},
		{
			ago: 19*day + hour, from: "fax2@sakura.test", id: "noboundary", subject: "Broken MIME: multipart without a boundary",
			body: "MIME-Version: 1.0\nContent-Type: multipart/alternative\n\nThere are no parts, and there is no way to tell where they would begin.\n",
		},
		{
			ago: 19*day + 2*hour, from: "fax2@sakura.test", id: "badbase64", subject: "Broken MIME: base64 with a coffee stain",
			body: "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nVGhpcyBsaW5lIGlzIGZpbmUuCg==\n***coffee***\nVGhpcyBvbmUgaXMgYWZ0ZXIgdGhlIHN0YWlu\n",
		},
		{
			ago: 19*day + 3*hour, from: "fax2@sakura.test", id: "dots", subject: "Lines that begin with dots",
			text: ".\n..\n...\n.hidden\nThe first line of this message is a dot alone. If you can read this, nobody\ntook it for the end.\n.\n",
		},
		{
			ago: 19*day + 4*hour, from: "fax2@sakura.test", id: "escape", encoding: "8bit", subject: "Colours: \x1b[31mred\x1b[0m and a bell \x07",
			text: "\x1b[2J\x1b[1;1HThis text would like to clear your screen.\n\x1b]0;new title\x07\u202etfel ot thgir\u202c\n",
		},
		{
			ago: 22 * day, from: "fax2@sakura.test", id: "onlyhtml", subject: "",
			body: "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<html><body><p>No subject, and <b>only</b> HTML: <a href=\"https://sakura.test/\">sakura.test</a></p></body>\n",
		},
		{
			ago: 23 * day, from: "fax2@sakura.test", id: "deep", subject: "A message in a message in a message",
			body: nested(8),
		},
		{
			ago: 24 * day, from: "Group Mailer <group@fuji.test>", to: "undisclosed-recipients:;", id: "group", subject: "To a group without members",
			text: "RFC 5322 allows a group of nobody. Here is one.\n",
		},
	}
}

// nested wraps a text into messages, each inside the other.
func nested(depth int) string {
	inside := "Content-Type: text/plain\n\nAt the bottom.\n"
	for range depth {
		inside = "Content-Type: message/rfc822\n\nFrom: fax2@sakura.test\nSubject: one further down\n" + inside
	}
	return "MIME-Version: 1.0\n" + inside
}

// otherFolders are alice's Drafts, Archive, Junk and Trash; Sent is filled by the threads.
func otherFolders() []letter {
	list := []letter{
		{folder: "Drafts", ago: 50 * minute, flags: mail.Draft, to: fromCarol, id: "draft1", subject: "Re: Contract, signed", re: []string{"contract4@tsuru.test"}, text: "Dear Carol,\n\ndumplings on the 5th: yes! As to the comma,\n"},
		{folder: "Sent", ago: 2*day + hour, to: fromCarol, cc: fromBob, id: "photos9", subject: "40 photos from the lake", text: "Here they are, all 40. In number 17 you can see the third stone.\n\nAlice\n"},
		{folder: "Archive", ago: 200 * day, from: fromHanako, charset: "iso-2022-jp", id: "spring", subject: "お花見のご案内", text: "4月4日(土)、桜公園でお花見をします。\n場所取りは朝6時から、新人のボブさんがします。\n"},
		{folder: "Archive", ago: 199 * day, from: fromBob, id: "spring2", re: []string{"spring@tsuru.test"}, subject: "Re: お花見のご案内", text: "From six? I thought Hanako was joking.\n\nBob (on a blue sheet, alone, 6:10)\n"},
		{folder: "Archive", ago: 330 * day, from: fromKeiri, charset: "shift_jis", id: "nenga", subject: "新年のご挨拶", text: "あけましておめでとうございます。\n本年もよろしくお願いいたします。\n\n経理部一同\n"},
		{folder: "Trash", ago: 26 * day, from: "Helpdesk <help@sakura.test>", id: "ticket4710", subject: "[#4710] closed: \"the keyboard is tired\"", text: "It has been given a holiday.\n"},
		{folder: "Trash", ago: 27 * day, from: "ops <ops@sakura.test>", id: "disk90", subject: "[mail.sakura.test] disk /var 90 % full", text: "state: WARNING (90 % of 40 GB)\n"},
	}
	for i, subject := range []string{
		"You have won a kayak", "お荷物のお届けにあがりましたが不在の為持ち帰りました", "RE: RE: your in.voice", "【重要】アカウントの確認", "C-h-e-a-p watches",
		"I am a prince and also a dentist", "Your mailbox is 99 % full, click here", "当選おめでとうございます!!!", "Fax for you (1 page)",
	} {
		host := "mail" + string(rune('a'+i)) + ".spam.example"
		list = append(list, letter{
			folder: "Junk", ago: day + time.Duration(i)*9*hour, unread: true, flags: mail.Junk, from: "Winner Office <office@" + host + ">", id: "junk" + string(rune('a'+i)),
			subject: subject, charset: "utf-8", header: []string{"X-Spam-Flag: YES", "X-Spam-Score: 11." + string(rune('0'+i))},
			text: strings.Repeat("CLICK HERE >>> http://"+host+"/win <<<\n", 3) + "今すぐクリック\n",
		})
	}
	return list
}
