package seed

import "todoku/internal/mail"

// bobs is bob's INBOX on fuji.test, which he reads by POP3.
func bobs() []letter {
	return []letter{
		{box: bob, ago: 3 * minute, took: 8e9, unread: true, from: fromHanako, to: fromAlice, cc: fromBob, charset: "iso-2022-jp", id: "meeting3", re: []string{"meeting1@tsuru.test", "meeting2@sakura.test"},
			subject: "来週の打ち合わせ", text: "お世話になっております。田中です。\n来週の打ち合わせは、水曜の10時でいかがでしょうか。\n\nBob, the English summary is on page 3.\n"},
		{box: bob, ago: 3 * day, unread: true, from: fromAlice, to: fromHanako, cc: fromBob, id: "meeting2", re: []string{"meeting1@tsuru.test"}, subject: "Re: 来週の打ち合わせ",
			text: "火曜の午後は出張が入ってしまいました。\n水曜か木曜の午前中でお願いできますか。\n\nAlice\n"},
		{box: bob, ago: 3*day + 19*hour, from: fromAlice, to: fromBob, id: "printer2", re: []string{"printer1@fuji.test"}, subject: "Re: printer in room 2",
			text: "It prints, but only the left half. The right half comes out on the\nnext sheet, a little later, like an echo.\n\nAlice\n"},
		{box: bob, ago: 13*day - 5*hour, from: fromAlice, to: fromBob, id: "chess17b", re: []string{"chess17@fuji.test"}, subject: "Re: Chess: 17. Nf5",
			text: "17. ... Qxf5\n\nThe knight was not protected.\n\nAlice\n"},
		{box: bob, ago: 4 * day, from: fromYama, to: fromBob, charset: "euc-jp", id: "ken1", subject: "明日の朝、富士山", text: "明日5時に出発します。カメラと温かい服を忘れずに。\n\n健\n"},
		{box: bob, ago: 8 * day, from: "錦鯉クラブ <carp@fuji.test>", to: fromBob, charset: "shift_jis", id: "koi1", subject: "錦鯉クラブ 会費のお願い", text: "今年度の会費（￥3,000）が未納です。\n鯉がお腹をすかせています。\n"},
		{box: bob, ago: 30 * day, from: "Postmaster <postmaster@fuji.test>", to: fromBob, id: "welcome", subject: "Welcome to fuji.test",
			text: "Your mailbox is ready. You can read it by POP3 (port 110 with STLS, or 995)\nand by IMAP (143 with STARTTLS, or 993).\n\nPOP3 shows this folder only; IMAP shows them all.\n"},
	}
}

// hanakos is hanako's INBOX on tsuru.test.
func hanakos() []letter {
	return []letter{
		{box: hanako, ago: 3 * day, from: fromAlice, to: fromHanako, cc: fromBob, id: "meeting2", flags: mail.Answered, re: []string{"meeting1@tsuru.test"}, subject: "Re: 来週の打ち合わせ",
			text: "火曜の午後は出張が入ってしまいました。\n水曜か木曜の午前中でお願いできますか。\n\nAlice\n"},
		{box: hanako, ago: 5*day - hour, from: fromCarol, to: fromHanako, id: "plant", subject: "The plant in the hall", text: "Thank you for keeping it in the minutes as item 3.\nIt has been here longer than any of us.\n\nCarol\n"},
		{box: hanako, ago: 6 * day, unread: true, from: fromSato, to: fromHanako, charset: "iso-2022-jp", id: "sato-h", subject: "議事録のお礼", text: "田中様\n\n議事録をありがとうございました。とても助かりました。\n観葉植物の件、安心しました。\n\n佐藤\n"},
		{box: hanako, ago: 31 * day, from: "Postmaster <postmaster@tsuru.test>", to: fromHanako, charset: "utf-8", id: "welcome-h", subject: "tsuru.test へようこそ", text: "メールボックスの準備ができました。\n"},
	}
}

// carols is carol's INBOX on tsuru.test.
func carols() []letter {
	return []letter{
		{box: carol, ago: 7 * day, from: fromAlice, to: fromCarol, id: "contract2", flags: mail.Answered, re: []string{"contract1@tsuru.test"}, subject: "Re: Contract, second draft",
			text: "Dear Carol,\n\nI have read it twice and I do like the comma.\nEverything else is fine with us.\n\nAlice\n"},
		{box: carol, ago: 2 * day, unread: true, from: "Lawyers <office@lawyers.test>", to: fromCarol, id: "lawyers", subject: "The comma in section 4",
			text: "Dear Ms Tsuru,\n\nwe have received our colleagues' letter about the comma and answered it.\nOur invoice for the answer is attached to our next letter.\n"},
		{box: carol, ago: 31 * day, from: "Postmaster <postmaster@tsuru.test>", to: fromCarol, id: "welcome-c", subject: "Welcome to tsuru.test", text: "Your mailbox is ready. Its quota is small; please do not send it 40 photos.\n"},
	}
}
