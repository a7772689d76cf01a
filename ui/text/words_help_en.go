package text

func englishHelp() HelpWords {
	return HelpWords{
		Usage: "Usage:", Commands: "Commands:", Flags: "Flags:", FlagsOfAll: "Flags of every command:", Examples: "Examples:",
		FlagsHere: "[flags]", More: "`%s COMMAND --help` tells more of a command.", Default: "(default %s)",
		Sections: map[string]Safe{"NAME": "NAME", "SYNOPSIS": "SYNOPSIS", "DESCRIPTION": "DESCRIPTION", "OPTIONS": "OPTIONS",
			"OPTIONS INHERITED FROM PARENT COMMANDS": "OPTIONS OF EVERY COMMAND", "EXAMPLE": "EXAMPLES", "SEE ALSO": "SEE ALSO"},
		Command: englishCommands(),
		Shared: map[string]Safe{
			"account":       "use the account of this `NAME` instead of the first",
			"config":        "read this configuration `FILE`",
			"data":          "keep mail, queue and settings in this `DIR` (without it: a temporary one)",
			"fault":         "put in this `FAULT`: an id that \"todoku faults\" lists, or a file, read again when it changes",
			"help":          "tell how it is used",
			"html":          "write one page about it to `FILE`, to show to others: local parts of addresses masked",
			"json":          "print JSON (docs/json.md)",
			"lang":          "speak this `LANGUAGE`: en or ja",
			"port":          "listen from this `PORT` upwards instead of on free ports",
			"record":        "write every event to this `FILE`, one JSON object a line",
			"rtt":           "make every round trip to a server cost this `TIME`, such as 20ms",
			"sandbox":       "run in the small Internet of this world `FILE`; without a file in a fresh one",
			"seed":          "choose other seeded mail by this `NUMBER`",
			"seed-messages": "fill alice's inbox to this `NUMBER` of messages",
			"unmasked":      "with --html: leave addresses as they are",
			"version":       "print the version",
			"wire":          "print the dialogue with the servers on standard error",
		},
	}
}

func englishCommands() map[string]CommandHelp {
	return map[string]CommandHelp{
		"": {
			Short: "A terminal mail client that shows its work",
			Long: "todoku reads mail by IMAP or POP3, sends it by SMTP, and shows every command and reply on the way.\n" +
				"Without a command it opens the mailbox of the configured accounts.",
			Example: "  todoku sandbox\n  todoku trace hanako@tsuru.test\n  todoku explain 550 5.1.1",
		},
		"list": {
			Short: "List a folder's messages, newest first, after asking the server",
			Flag: map[string]Safe{
				"folder":  "list this `FOLDER`",
				"limit":   "print at most this `NUMBER` of messages",
				"search":  "only messages that hold these `WORDS`",
				"offline": "do not ask the server",
				"folders": "list the folders instead of messages",
			},
		},
		"read": {
			Short: "Print a message; KEY is the number that list prints",
			Flag: map[string]Safe{
				"headers": "print the whole header, decoded",
				"raw":     "print the message's octets as they came",
				"peek":    "do not mark it read",
				"charset": "read the text as this `CHARSET`, whatever its label says",
				"part":    "save this `PART` (2, 1.2) instead",
				"output":  "where to save it: this folder or new `FILE`",
			},
		},
		"send": {
			Short:   "Send a message and print what the server said of each recipient",
			Example: "  todoku send --to hanako@tsuru.test --subject Hello --body 'See you at ten.'",
			Flag: map[string]Safe{
				"to":        "to this `ADDRESS` (may be given often)",
				"cc":        "copy to this `ADDRESS`",
				"bcc":       "hidden copy to this `ADDRESS`",
				"subject":   "the subject is this `TEXT`",
				"body":      "the message is this `TEXT`",
				"body-file": "read the text from this `FILE`; - is standard input",
				"attach":    "attach this `FILE`",
				"reply":     "answer the message with this `KEY`",
				"all":       "with --reply: answer everybody",
				"check":     "say what is known before it leaves, and send nothing",
			},
		},
		"sync": {
			Short: "Bring the local copy up to date, and send what waits in the outbox",
			Flag: map[string]Safe{
				"folder": "this `FOLDER`",
				"bodies": "also fetch every message's text and files",
				"agree":  "answer yes to this `QUESTION` (the code that sync printed)",
			},
		},
		"outbox": {
			Short: "Show what waits to be sent; send it now, or make it a draft again",
			Flag: map[string]Safe{
				"retry": "send the entry with this `KEY` now",
				"drop":  "turn the entry with this `KEY` back into a draft",
			},
		},
		"flag": {
			Short: "Set or clear flags: seen, flagged, answered, junk",
			Flag:  map[string]Safe{"set": "set these `FLAGS`", "clear": "clear these `FLAGS`"},
		},
		"move": {
			Short: "Move messages to a folder",
			Flag:  map[string]Safe{"copy": "copy them instead"},
		},
		"delete": {
			Short: "Move messages to the trash; those in the trash are removed for good",
			Flag:  map[string]Safe{"forever": "remove them at once, also outside the trash"},
		},
		"trace": {
			Short: "Follow the way of a message hop by hop, and say who must act",
			Long: "trace asks the name servers from the root down and talks to the mail exchangers of the domain up to STARTTLS. " +
				"With --rcpt they are asked whether they take mail for the address. Nothing is sent without --send. At most 3 ways are traced a run. " +
				"At a terminal the trace is drawn while it runs, and without an argument a form asks whose way; when you leave it, the verdict is printed. " +
				"Elsewhere, and with --print, --json or --wire, it is printed.",
			Flag: map[string]Safe{
				"from":         "the envelope's sender is this `ADDRESS`; without it the account's",
				"via":          "talk to the submission server of this `ACCOUNT` first (step 1)",
				"rcpt":         "ask the domain's servers for the recipient, after one question to you",
				"catch-all":    "as --rcpt, and ask also, once, for an address that nobody has",
				"send":         "send a short test message, from this device straight to a mail exchanger, with --via through that account's server; wait for it where the address is an account of yours",
				"print":        "print, also at a terminal",
				"stop-after":   "end each dialogue after this `STAGE`: connect, banner, ehlo, starttls, mail or rcpt",
				"seed":         "repeat the order of servers and equal MX records of an earlier run by its `NUMBER`; 0: at random",
				"within":       "the `TIME` of a whole run",
				"all-servers":  "ask every name server of the domain, and compare their answers",
				"root-hints":   "begin at the root servers of this `FILE` (as in named.root)",
				"trust-anchor": "the root's DS or DNSKEY records are in this `FILE`",
			},
		},
		"replay": {
			Short: "Draw a recorded trace, or a recorded comparison, again offline",
			Long: "replay draws the trace or the comparison of a run file, which `todoku trace ADDRESS --record FILE` or " +
				"`todoku compare --record FILE` writes. Elsewhere than at a terminal, or with --print, it prints as they do; " +
				"with --wire the dialogues too. The exit code of what is printed is that of the trace or the comparison.",
			Flag: map[string]Safe{
				"speed":     "play at this `SPEED`: 1 as it was, 10 ten times as fast, 0 at once, step: one hop, or one step of a script, at a time; without it 1 where it is drawn, 0 where it is printed",
				"print":     "print, also at a terminal",
				"bundle":    "write a copy to `FILE` that may be shown: local parts of addresses masked, no messages",
				"rtt":       "of a comparison: compute the totals for a line whose round trip takes this `TIME`",
				"bandwidth": "and that carries this `NUMBER` of bits a second, each way: 500k, 10M, 1G",
			},
		},
		"diff": {
			Short: "Say what changed in meaning between two recorded traces or comparisons",
			Long: "diff compares two run files of the same address or domain: records, certificates, capabilities, replies, policies, " +
				"the verdict, and time beyond noise. TTLs, the order of records, queue ids and the choice between equal servers do not count.\n" +
				"Of two comparisons of the same script: what each protocol could do, what server and devices see after each step, capabilities, " +
				"the advice, and round trips and octets beyond noise.\n" +
				"The exit code is 0 if nothing changed and 7 if something did.",
		},
		"doctor": {
			Short: "Climb from this device's line to the mailbox; name what breaks first",
			Long: "doctor tries an account rung by rung: line, resolver, name, TCP, TLS, greeting, capabilities, login, mailbox, and the " +
				"same for sending. The first broken rung is the answer. Nothing is changed, and nothing is sent without --send, " +
				"but in the sandbox, whose mail is its own.",
			Flag: map[string]Safe{
				"send": "also send one small message to the account itself and wait for it",
				"size": "also ask whether the server takes a message of so many `MEGABYTES`; nothing is sent",
			},
		},
		"compare": {
			Short: "Run the same actions over POP3 and over IMAP; say which to use",
			Long: "compare runs a script over both protocols: what each step costs, what the server holds afterwards, and what a second " +
				"device sees. What changes a mailbox is done in a small Internet of its own, never on an account.\n" +
				"Tell of yourself with --devices, --shared, --room-here, --room-there and --offline: the advice goes by that.",
			Flag: map[string]Safe{
				"script":     "run the script of this `NAME`; --list names them",
				"list":       "list the scripts",
				"card":       "print \"POP3 or IMAP?\", what holds for everybody, and run nothing; with --html run the scripts that show it",
				"naive":      "let both clients use their protocol as simple clients do",
				"rtt":        "compute for a line whose round trip takes this `TIME`",
				"bandwidth":  "and that carries this `NUMBER` of bits a second, each way: 500k, 10M, 1G",
				"devices":    "this `NUMBER` of devices read the mailbox",
				"shared":     "others read it too",
				"room-here":  "this `SIZE` is free on the smallest device, in octets: 500M, 80G",
				"room-there": "this `SIZE` is what the mailbox may have on the server, in octets: 500M, 5G",
				"offline":    "all mail must be at hand without a network",
				"retr":       "where nobody can be asked: fetch one message from an account by RETR, which may mark or move it there",
			},
		},
		"explain": {
			Short: "Say what an error means, who must act, and what to do",
			Long: "explain takes what a server or a program said: a reply (550 5.1.1), words (\"554 Service unavailable\"), a code of POP3 " +
				"or IMAP (\"[IN-USE]\"), an error of DNS, TLS, the system or OAuth (NXDOMAIN), or a code of todoku. A FILE, or - for " +
				"standard input, may hold it, or a bounce, or another message that tells of it. It needs no account and no network. " +
				"6 is the exit code if nothing fits.",
			Example: "  todoku explain 550 5.1.1\n  todoku explain NXDOMAIN\n  todoku explain -- '-ERR [IN-USE]'",
		},
		"forget": {
			Short: "Forget an address and what came back from it",
			Long: "forget takes an address out of those that are suggested, and what came back from it out of what is said before the next " +
				"message leaves. Mail is not touched. Without --account it does so in every account. 6 is the exit code if nothing " +
				"was known of the address.",
		},
		"serve": {
			Short: "Run the small Internet's servers for other programs",
			Long: "serve starts SMTP, IMAP, POP3, DNS and HTTPS servers on loopback and prints where they are. It runs until it is " +
				"interrupted. With a COMMAND it runs that with TODOKU_SANDBOX, TODOKU_CA_FILE and TODOKU_DNS in its environment and " +
				"ends with its exit status.\n" +
				"docs/sandbox.md tells how faults are put in, and by which addresses without any file.",
			Example: "  todoku serve --fault smtp.greylist\n  todoku serve -- sh -c 'curl --cacert $TODOKU_CA_FILE ...'",
		},
		"sandbox": {Short: "Open the client in a small Internet of its own, offline, with mail"},
		"faults": {
			Short: "List the faults of the small Internet, and what is true of each",
			Long: "faults lists the catalogue: the id for `todoku serve --fault`, who meets the fault, what a mail server does then, at " +
				"which step of the path it happens and who must act. With a WORD it lists those that hold it.",
		},
		"config":         {Short: "Show and check the configuration, and find servers"},
		"config path":    {Short: "Print where the configuration is read from"},
		"config example": {Short: "Print a commented configuration with every key and its default"},
		"config check":   {Short: "Say what is wrong in the configuration, with line and column"},
		"config find": {
			Short: "Find the servers of an address, and print the settings to copy",
			Long:  "find looks for the servers of an address, shows every question that it asks, and prints the settings to copy.",
		},
		"completion": {
			Short: "Print what makes a shell complete todoku's commands",
			Long: "completion prints a script for a shell: bash, zsh, fish or powershell. It completes commands and flags, accounts, folders, " +
				"faults, scripts of comparisons and files.",
			Example: "  source <(todoku completion bash)\n" +
				"  todoku completion zsh > \"${fpath[1]}/_todoku\"\n" +
				"  todoku completion fish > ~/.config/fish/completions/todoku.fish\n" +
				"  todoku completion powershell | Out-String | Invoke-Expression",
		},
		"help": {Short: "Tell how a command is used"},
		"man": {
			Short: "Write the man pages into a folder",
			Long:  "man writes a page for each command into the folder DIR, in the language of --lang or of the locale.",
		},
	}
}
