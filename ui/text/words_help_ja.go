package text

func japaneseHelp() HelpWords {
	return HelpWords{
		Usage: "使い方:", Commands: "コマンド:", Flags: "フラグ:", FlagsOfAll: "どのコマンドにもあるフラグ:", Examples: "例:",
		FlagsHere: "[フラグ]", More: "各コマンドの説明は `%s COMMAND --help` です。", Default: "(既定値 %s)",
		Sections: map[string]Safe{"NAME": "名前", "SYNOPSIS": "書式", "DESCRIPTION": "説明", "OPTIONS": "オプション",
			"OPTIONS INHERITED FROM PARENT COMMANDS": "共通のオプション", "EXAMPLE": "例", "SEE ALSO": "関連項目"},
		Command: japaneseCommands(),
		Shared: map[string]Safe{
			"account":       "最初のアカウントの代わりに `NAME` を使う",
			"config":        "設定を `FILE` から読む",
			"data":          "メール、キュー、設定を `DIR` に置く (なければ一時フォルダー)",
			"fault":         "障害 `FAULT` を入れる。\"todoku faults\" が一覧するid、またはファイル (変わると読み直す)",
			"help":          "使い方を表示する",
			"html":          "人に見せられる1ページを `FILE` に書く。アドレスの名前は伏せる",
			"json":          "JSONで出力する (docs/json.md)",
			"lang":          "表示する言語 `LANGUAGE`: en または ja",
			"port":          "空きポートの代わりに `PORT` から順に使う",
			"record":        "すべてのイベントを1行に1つのJSONで `FILE` に書く",
			"rtt":           "サーバーとの往復に `TIME` かかるようにする (20msなど)",
			"sandbox":       "世界ファイル `FILE` の小さなインターネットに加わる。ファイルがなければ新しく始める",
			"seed":          "用意するメールを `NUMBER` で別のものにする",
			"seed-messages": "aliceの受信箱を `NUMBER` 通まで満たす",
			"unmasked":      "--html とともに: アドレスを伏せない",
			"version":       "バージョンを表示する",
			"wire":          "サーバーとの対話を標準エラーに出す",
		},
	}
}

func japaneseCommands() map[string]CommandHelp {
	return map[string]CommandHelp{
		"": {
			Short: "働きを見せる端末のメールソフト",
			Long: "todokuはメールをIMAPまたはPOP3で読み、SMTPで送り、途中のすべての命令と応答を見せます。\n" +
				"コマンドなしでは、設定したアカウントのメールボックスを開きます。",
			Example: "  todoku sandbox\n  todoku trace hanako@tsuru.test\n  todoku explain 550 5.1.1",
		},
		"list": {
			Short: "サーバーに確認してから、フォルダーのメールを新しい順に一覧する",
			Flag: map[string]Safe{
				"folder":  "フォルダー `FOLDER` を一覧する",
				"limit":   "多くても `NUMBER` 通まで",
				"search":  "`WORDS` を含むメールだけ",
				"offline": "サーバーに確認しない",
				"folders": "メールの代わりにフォルダーを一覧する",
			},
		},
		"read": {
			Short: "メールを表示する。KEYはlistが示す番号",
			Flag: map[string]Safe{
				"headers": "ヘッダーをすべて、復号して表示する",
				"raw":     "メールのオクテットを届いたまま出力する",
				"peek":    "既読にしない",
				"charset": "ラベルにかかわらず本文を文字コード `CHARSET` で読む",
				"part":    "表示の代わりに部分 `PART` (2、1.2など) を保存する",
				"output":  "保存先。フォルダー、または新しい `FILE`",
			},
		},
		"send": {
			Short:   "メールを送り、サーバーの応答を受取人ごとに表示する",
			Example: "  todoku send --to hanako@tsuru.test --subject 予定 --body '10時に伺います。'",
			Flag: map[string]Safe{
				"to":        "宛先 `ADDRESS` (何度でも指定できる)",
				"cc":        "写しの宛先 `ADDRESS`",
				"bcc":       "ほかの人に見えない写しの宛先 `ADDRESS`",
				"subject":   "件名 `TEXT`",
				"body":      "本文 `TEXT`",
				"body-file": "本文を `FILE` から読む。- は標準入力",
				"attach":    "`FILE` を添付する",
				"reply":     "番号 `KEY` のメールに返信する",
				"all":       "--reply とともに: 全員に返信する",
				"check":     "送る前にわかることだけを示し、送らない",
			},
		},
		"sync": {
			Short: "手元の控えを最新にし、送信待ちのメールを送る",
			Flag: map[string]Safe{
				"folder": "フォルダー `FOLDER`",
				"bodies": "全メールの本文とファイルも取得する",
				"agree":  "`QUESTION` (syncが示したコード) に「はい」と答える",
			},
		},
		"outbox": {
			Short: "送信待ちのメールを示す。今送ることも、下書きに戻すこともできる",
			Flag: map[string]Safe{
				"retry": "番号 `KEY` のものを今送る",
				"drop":  "番号 `KEY` のものを下書きに戻す",
			},
		},
		"flag": {
			Short: "印をつける、外す: seen、flagged、answered、junk",
			Flag:  map[string]Safe{"set": "印 `FLAGS` をつける", "clear": "印 `FLAGS` を外す"},
		},
		"move": {
			Short: "メールをフォルダーへ移動する",
			Flag:  map[string]Safe{"copy": "移動の代わりに複写する"},
		},
		"delete": {
			Short: "メールをごみ箱へ移す。ごみ箱にあるものは完全に消す",
			Flag:  map[string]Safe{"forever": "ごみ箱の外にあっても、すぐに消す"},
		},
		"trace": {
			Short: "メールの経路を区間ごとにたどり、誰が対応するかを述べる",
			Long: "traceはルートから順にネームサーバーに尋ね、ドメインのメールサーバーとSTARTTLSまで対話します。" +
				"--rcpt があれば、宛先のメールを受け取るかも尋ねます。--send がなければ何も送りません。1回に3件まで追跡します。" +
				"端末では進行中の追跡を描き (引数がなければ宛先をフォームで尋ねます)、画面を離れると結論を出力します。端末でないところや --print、--json、--wire では出力だけします。",
			Flag: map[string]Safe{
				"from":         "エンベロープの差出人 `ADDRESS`。なければアカウントのアドレス",
				"via":          "まずアカウント `ACCOUNT` の送信サーバーと対話する (段階1)",
				"rcpt":         "一度確認してから、受け取るかをドメインのサーバーに尋ねる",
				"catch-all":    "--rcpt に加えて、誰も持たないアドレスについても一度尋ねる",
				"send":         "短い試験メールを、この端末から宛先のメールサーバーへ直接、--via があればそのアカウントの送信サーバー経由で送る。宛先が自分のアカウントなら届くのを待つ",
				"print":        "端末でも、描かずに出力する",
				"stop-after":   "各対話を `STAGE` で終える: connect、banner、ehlo、starttls、mail、rcpt",
				"seed":         "サーバーと同順位のMXの順序を、以前の実行の `NUMBER` で再現する。0は無作為",
				"within":       "全体にかける `TIME`",
				"all-servers":  "ドメインのすべてのネームサーバーに尋ね、答えを比べる",
				"root-hints":   "`FILE` (named.rootの形) のルートサーバーから始める",
				"trust-anchor": "ルートのDSまたはDNSKEYレコードを `FILE` から読む",
			},
		},
		"replay": {
			Short: "記録した追跡や比較を、ネットワークなしでもう一度見せる",
			Long: "replayは `todoku trace ADDRESS --record FILE` や `todoku compare --record FILE` が書いた記録の追跡や比較を描きます。端末でない" +
				"ところや --print では、もとのコマンドと同じように出力し、--wire があれば対話も出します。出力したときの終了コードは、追跡または比較のものです。",
			Flag: map[string]Safe{
				"speed":     "再生の速さ `SPEED`: 1は実際の速さ、10は10倍、0は一度に、stepは1区間または1手順ずつ。指定がなければ描くときは1、出力するときは0",
				"print":     "端末でも、描かずに出力する",
				"bundle":    "人に見せられる写しを `FILE` に書く。アドレスの名前を伏せ、メールは含めない",
				"rtt":       "比較の合計を、往復に `TIME` かかる回線として計算する",
				"bandwidth": "上り下りそれぞれ毎秒 `NUMBER` ビットの回線として計算する: 500k、10M、1G",
			},
		},
		"diff": {
			Short: "記録した2つの追跡または比較の間で、意味が変わったところを述べる",
			Long: "diffは同じアドレスまたはドメインの2つの記録を比べます。レコード、証明書、機能、応答、ポリシー、判定、そしてゆらぎを超える" +
				"時間です。TTL、レコードの順序、キューのid、同等のサーバーのどれを選んだかは数えません。\n" +
				"同じ台本の2つの比較では、方式ごとにできたこと、各手順のあとでサーバーと端末に見えるもの、機能、提案、そしてゆらぎを超える往復とバイト数を比べます。\n" +
				"変わりがなければ終了コードは0、あれば7です。",
		},
		"doctor": {
			Short: "端末の回線からメールボックスまでを段ごとに調べ、最初の故障を示す",
			Long: "doctorはアカウントを段ごとに試します。回線、リゾルバー、名前、TCP、TLS、あいさつ、機能、ログイン、メールボックス、そして送信も" +
				"同様に。最初に失敗した段が答えです。何も変えず、--send がなければ何も送りません。サンドボックスだけは別で、その中のメールを使います。",
			Flag: map[string]Safe{
				"send": "小さなメールを1通、アカウント自身に送って届くのを待つ",
				"size": "`MEGABYTES` メガバイトのメールを受け付けるかも尋ねる (何も送らない)",
			},
		},
		"compare": {
			Short: "同じ操作をPOP3とIMAPで行い、どちらを使うべきかを述べる",
			Long: "compareは台本を両方のプロトコルで実行し、各手順の費用、サーバーに残るもの、2台目の端末からの見え方を示します。" +
				"メールボックスを変える操作は専用の小さなインターネットの中で行い、アカウントでは行いません。\n" +
				"--devices、--shared、--room-here、--room-there、--offline で使い方を伝えると、助言はそれに従います。",
			Flag: map[string]Safe{
				"script":     "名前が `NAME` の台本を実行する。--list が一覧",
				"list":       "台本を一覧する",
				"card":       "「POP3 か IMAP か」(誰にでも当てはまること) を出力し、何も実行しない。--html があれば、それを示す台本を実行する",
				"naive":      "両方のプロトコルを単純なクライアントのように使う",
				"rtt":        "往復に `TIME` かかる回線として計算する",
				"bandwidth":  "上り下りそれぞれ毎秒 `NUMBER` ビットの回線として計算する: 500k、10M、1G",
				"devices":    "`NUMBER` 台の端末でメールボックスを読む",
				"shared":     "ほかの人も読む",
				"room-here":  "最も小さい端末の空きは `SIZE` オクテット: 500M、80G",
				"room-there": "サーバーでメールボックスに使えるのは `SIZE` オクテット: 500M、5G",
				"offline":    "ネットワークがなくても全メールが手元に要る",
				"retr":       "尋ねる相手がいないとき: アカウントからRETRで1通取得する。既読になったり移動したりすることがある",
			},
		},
		"explain": {
			Short: "エラーの意味、誰が対応するか、何をすればよいかを述べる",
			Long: "explainはサーバーやプログラムの言葉を受け取ります。応答 (550 5.1.1)、文 (\"554 Service unavailable\")、POP3やIMAPのコード " +
				"(\"[IN-USE]\")、DNS、TLS、OS、OAuthのエラー (NXDOMAIN)、todokuのコード。FILE、または標準入力の - には、それらのほか、不達通知や、" +
				"それを伝える別のメールを入れられます。アカウントもネットワークも要りません。当てはまるものがなければ終了コードは6です。",
			Example: "  todoku explain 550 5.1.1\n  todoku explain NXDOMAIN\n  todoku explain -- '-ERR [IN-USE]'",
		},
		"forget": {
			Short: "アドレスと、そこからの不達の記録を忘れる",
			Long: "forgetはアドレスを候補から外し、そこからの不達を次の送信前に知らせないようにします。メールには触れません。--account がなければ" +
				"すべてのアカウントで忘れます。そのアドレスについて何も知らなければ終了コードは6です。",
		},
		"serve": {
			Short: "小さなインターネットのサーバーをほかのプログラムのために動かす",
			Long: "serveはSMTP、IMAP、POP3、DNS、HTTPSのサーバーをループバックで始め、その場所を表示します。中断するまで動きます。COMMANDがあれば、" +
				"TODOKU_SANDBOX、TODOKU_CA_FILE、TODOKU_DNSを環境に入れて実行し、その終了コードで終わります。\n" +
				"障害の入れ方と、ファイルなしで障害に当たる宛先は docs/sandbox.md にあります。",
			Example: "  todoku serve --fault smtp.greylist\n  todoku serve -- sh -c 'curl --cacert $TODOKU_CA_FILE ...'",
		},
		"sandbox": {Short: "専用の小さなインターネットの中で、オフラインで、メール入りで開く"},
		"faults": {
			Short: "小さなインターネットに入れられる障害と、それぞれの真実を一覧する",
			Long: "faultsは目録を一覧します。`todoku serve --fault` に渡すid、誰が当たるか、そのときメールサーバーがどうするか、経路のどの段階で" +
				"起こるか、誰が対応するか。WORDがあれば、それを含むものだけを一覧します。",
		},
		"config":         {Short: "設定を示し、確かめ、サーバーを探す"},
		"config path":    {Short: "設定を読む場所を表示する"},
		"config example": {Short: "すべてのキーと既定値に注釈をつけた設定を表示する"},
		"config check":   {Short: "設定の誤りを、行と桁とともに示す"},
		"config find": {
			Short: "アドレスのサーバーを探し、写せる設定を表示する",
			Long:  "findはアドレスのサーバーを探し、尋ねたことをすべて示し、写せる設定を表示します。",
		},
		"completion": {
			Short: "シェルがtodokuのコマンドを補完するためのスクリプトを出力する",
			Long: "completionはシェルのためのスクリプトを出力します。bash、zsh、fish、powershellのいずれかです。コマンドとフラグ、アカウント、" +
				"フォルダー、障害、比較の台本、ファイルを補完します。",
			Example: "  source <(todoku completion bash)\n" +
				"  todoku completion zsh > \"${fpath[1]}/_todoku\"\n" +
				"  todoku completion fish > ~/.config/fish/completions/todoku.fish\n" +
				"  todoku completion powershell | Out-String | Invoke-Expression",
		},
		"help": {Short: "コマンドの使い方を表示する"},
		"man": {
			Short: "マニュアルページをフォルダーに書く",
			Long:  "manは各コマンドのページを、--lang またはロケールの言語で、フォルダーDIRに書きます。",
		},
	}
}
