package text

// SetupWords are the words of adding an account.
type SetupWords struct {
	Name    Safe
	Steps   [3]Safe // address, servers, check
	Address Safe
	Promise Safe
	Looking Safe // address
	Nothing Safe
	Source  Safe // provider, month
	Switch  Safe // protocol, month

	Receive  Safe
	Incoming Safe
	Outgoing Safe
	TLS      Safe
	User     Safe
	From     Safe
	Modes    map[string]Safe // by TLS mode
	Kinds    map[string]Safe // by kind of secret
	Secrets  map[string]Safe // what is typed, by kind of secret
	Lacking  Safe            // label
	NoServer Safe            // label

	SaveOpen   Safe
	Change     Safe
	SaveAnyway Safe
	Saving     Safe
	Saved      Safe // path
	NotSaved   Safe // error
	Unread     Safe // path, error

	NextField Safe
	Choose    Safe
	Look      Safe
	Try       Safe
}

func englishSetup() SetupWords {
	return SetupWords{
		Name: "add an account", Steps: [3]Safe{"1 of 3  address", "2 of 3  servers", "3 of 3  check"},
		Address: "Mail address",
		Promise: "Enter looks for the servers: in the catalogue of this program, then at the domain itself. Every question is shown here.",
		Looking: "looking for the servers of %s",
		Nothing: "No servers were found. Type what the provider's page says.",
		Source:  "%s, as of %s", Switch: "%s must be switched on there first (%s)",
		Receive: "Receive by", Incoming: "Incoming server", Outgoing: "Sending server", TLS: "  TLS", User: "User name", From: "Password from",
		Modes:   map[string]Safe{"implicit": "from the start", "starttls": "STARTTLS"},
		Kinds:   map[string]Safe{"keyring": "keyring", "command": "command", "variable": "variable", "token": "OAuth"},
		Secrets: map[string]Safe{"keyring": "  Password", "command": "  Command", "variable": "  Variable", "token": "  Token command"},
		Lacking: "%s is missing.", NoServer: "%s: write host or host:port.",
		SaveOpen: "save, and open the mailbox", Change: "change the settings", SaveAnyway: "save as it is",
		Saving: "writing the settings", Saved: "Wrote the account into %s.",
		NotSaved: "The settings were not written: %s.", Unread: "The account is in %s, which could not be read again: %s.",
		NextField: "field", Choose: "choose", Look: "look", Try: "check",
	}
}

func japaneseSetup() SetupWords {
	return SetupWords{
		Name: "アカウントの追加", Steps: [3]Safe{"1 / 3  アドレス", "2 / 3  サーバー", "3 / 3  確認"},
		Address: "メールアドレス",
		Promise: "enter でサーバーを探します。まず内蔵の一覧、次にドメイン自身に尋ねます。尋ねたことはすべてここに示します。",
		Looking: "%s のサーバーを探しています",
		Nothing: "サーバーは見つかりません。プロバイダーの案内のとおりに入力します。",
		Source:  "%s (%s 時点)", Switch: "%s は先にプロバイダー側で有効にします (%s)",
		Receive: "受信の方式", Incoming: "受信サーバー", Outgoing: "送信サーバー", TLS: "  TLS", User: "ユーザー名", From: "パスワードの場所",
		Modes:   map[string]Safe{"implicit": "最初から", "starttls": "STARTTLS"},
		Kinds:   map[string]Safe{"keyring": "キーリング", "command": "コマンド", "variable": "環境変数", "token": "OAuth"},
		Secrets: map[string]Safe{"keyring": "  パスワード", "command": "  コマンド", "variable": "  変数名", "token": "  取得コマンド"},
		Lacking: "「%s」が空です。", NoServer: "「%s」は ホスト か ホスト:ポート の形で書きます。",
		SaveOpen: "保存してメールを開く", Change: "設定を直す", SaveAnyway: "このまま保存する",
		Saving: "設定を書いています", Saved: "アカウントを %s に書きました。",
		NotSaved: "設定を書けませんでした: %s。", Unread: "アカウントは %s に書きましたが、読み直せませんでした: %s。",
		NextField: "次の欄", Choose: "選ぶ", Look: "探す", Try: "確認",
	}
}
