package apierror

// About explains a kind of failure.
type About struct {
	Kind Kind
	// Means says what happened, in a sentence.
	Means string
	// Do are the next steps, for people.
	Do []string
	// Retried reports that this program has tried again already, where that could help.
	Retried bool
}

// Kinds returns every kind of failure with its meaning, those of callers first.
func Kinds() []About {
	return []About{
		{Kind: UnknownMethod, Means: "There is no method of this name, or the server was told not to offer it.", Do: []string{
			"Take a name from the index: `zoom-phone-mcp describe` lists all methods, and the error names those that are like it.",
			"If the name is right, look at `--allow` and `--deny`, and at the limits of the API key.",
		}},
		{Kind: InvalidParams, Means: "The parameters are wrong. Nothing was sent to Zoom.", Do: []string{
			"The error lists every problem with the allowed values, the signature and an example that works.",
			"`zoom-phone-mcp describe METHOD` says what each parameter means and where its ids come from.",
		}},
		{Kind: Auth, Means: "There is no credential, or Zoom refused it.", Do: []string{
			"The error names the variables that are missing; `zoom-phone-mcp auth status` shows which credential is in use.",
			"invalid_client means that the client id and secret do not belong together, or that the app is not activated.",
			"A Server-to-Server app also needs its account id. If a login has ended, log in again with `zoom-phone-mcp auth login`.",
			"In a desktop host, the variables have to stand in the host's own configuration: it does not read your shell's.",
			"On some accounts a new token of an app ends the one before. Programs that share an app then slow each other down: give each its own.",
		}},
		{Kind: MissingScope, Means: "The Zoom app lacks a scope that the method needs.", Do: []string{
			"Add the scope that the error names; [scopes.md](scopes.md) says what each one opens.",
			"Activate the app again. A new scope can take a while to count; after `auth login`, log in again.",
			"`zoom-phone-mcp doctor` lists everything that is missing at once.",
		}},
		{Kind: Forbidden, Means: "Zoom knows the credential and says no: a licence, a role, or a setting stands in the way.", Do: []string{
			"Check that the account has Zoom Phone, and the licence that the method's description names.",
			"For a login of a user: the user's role needs the right to see what is asked for.",
			"Code 12001 means that an administrator has switched transcripts off.",
		}},
		{Kind: NotFound, Means: "What was asked for does not exist, or the id is of another kind.", Do: []string{
			"Different ids look alike: a file id is not a recording id, and a call id is not a call log id. The error says which method returns the right one.",
			"Kept answers and files expire: call the method again.",
		}},
		{Kind: NotReady, Means: "It will exist later: Zoom is still making it, as with transcripts.", Do: []string{"Call again after the time that the answer names."}},
		{Kind: RateLimited, Retried: true, Means: "A limit of Zoom's leaves no turn before the deadline, or the day's budget is used up.", Do: []string{
			"The error says which limit it was, and when a new attempt makes sense.",
			"Limits hold for the account: other apps on it use the same budget. Set `--zoom-plan business` if the account has that plan.",
			"Ask for less: `all_pages` with `sql` is one call for a model, but still as many pages for Zoom; a shorter range is fewer.",
		}},
		{Kind: Busy, Means: "The server has no room: the memory that it may take is in use by other calls.", Do: []string{
			"Try again in a few seconds, or ask for less at once. Nothing is wrong with the call.",
			"`--max-memory` is how much the server may take; `/metrics` shows what is in use.",
		}},
		{Kind: ZoomError, Retried: true, Means: "Zoom did not report success, or what came is not an answer of Zoom's.", Do: []string{
			"The error has Zoom's status, code, message and tracking id. With status 500 and more, try again later.",
			"A web page in place of an answer often comes from a proxy between this program and Zoom.",
			"If the error persists, give the tracking id to Zoom's support.",
		}},
		{Kind: Network, Retried: true, Means: "No answer came, or it broke off.", Do: []string{
			"`zoom-phone-mcp doctor` checks the proxy, DNS, TLS and the clock one after the other.",
			"Behind a proxy set `HTTPS_PROXY`; with a private certificate authority set `SSL_CERT_FILE`.",
		}},
		{Kind: Timeout, Retried: true, Means: "The deadline passed first.", Do: []string{
			"Ask for less: a smaller page_size or a shorter range. `--timeout` allows more time.",
		}},
		{Kind: Canceled, Means: "The caller gave up, or the server was ending.", Do: []string{"Nothing: call again if the answer is still wanted."}},
		{Kind: TooLarge, Means: "The answer is larger than a bound of this program.", Do: []string{
			"Ask for less with `select`, `sql`, a smaller page_size or a shorter range.",
			"`--max-response-bytes` and `--max-result-bytes` are the bounds for answers of Zoom and for answers to a model.",
		}},
		{Kind: Storage, Means: "The disk, or the folder for downloads, cannot take the file.", Do: []string{
			"The error names the folder. Make room, fix its permissions (mode 0700), or choose another with `--download-dir`.",
			"In a container with a read-only root, mount a tmpfs or a volume on `/tmp`, or name another folder in `ZOOM_DOWNLOAD_DIR`.",
			"A file larger than `--download-quota` is never kept; `--output` of the command `call` has no such bound.",
		}},
		{Kind: Internal, Means: "A defect of this program.", Do: []string{
			"The log on standard error has more, without parameters or answers. Please report it with the version.",
		}},
	}
}
