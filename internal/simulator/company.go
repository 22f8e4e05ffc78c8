package simulator

import (
	"slices"
	"strings"
	"time"
)

// kind is what an extension belongs to.
type kind uint8

const (
	isUser kind = iota
	isQueue
	isReceptionist
	isSharedLine
	isCommonArea
	isContact
)

// snake is the kind as call history writes it, camel as most other methods do.
func (k kind) snake() string {
	return [...]string{"user", "call_queue", "auto_receptionist", "shared_line_group", "common_area", "external_contact"}[k]
}

func (k kind) camel() string {
	return [...]string{"user", "callQueue", "autoReceptionist", "sharedLineGroup", "commonArea", "externalContact"}[k]
}

// extension is anything of the company that can be dialled.
type extension struct {
	kind       kind
	id         string // of the user, queue and so on
	extID      string
	number     int
	name       string
	email      string
	site       *site
	department string
	costCenter string
	groupID    string
	phones     []phone
	client     string // device type in call records; empty for what is no device
	ip         string
}

// phone is a number of the company; number is without the plus.
type phone struct{ id, number string }

// did is the extension's own number in E.164, empty when it has none.
func (e *extension) did() string {
	if e == nil || len(e.phones) == 0 {
		return ""
	}
	return "+" + e.phones[0].number
}

type site struct {
	id, name   string
	code       int
	areaCode   string
	timezone   string
	zone       *time.Location
	street     string
	city       string
	state      string
	zip        string
	addressID  string
	publicIP   string
	subnet     string
	isp        string
	main       *receptionist
	commonArea *extension
}

type user struct {
	*extension
	first, last string
	title       string
	phoneUserID string
	employeeID  string
	plans       []int // indexes into company.plans
	status      string
	listed      bool   // in the dial-by-name directory
	records     string // automatic recording: "", inbound, outbound or both
	weight      int    // how many calls come this way
	address     string // emergency address id
	deskPhone   string // device id, empty for none
	shifts      bool   // takes the break of the day in shifts
	assistants  []*user
	summaries   bool // has AI call summaries
}

type queue struct {
	*extension
	manager      *user
	members      []*user
	commonAreas  []*extension
	optedOut     map[*user]bool // for good; see pause
	simultaneous bool
	active       bool
	records      bool
	overflow     *queue
	elsewhere    *queue // takes the calls of closed hours while it is open; nil for voicemail
	weight       int
}

type receptionist struct {
	*extension
	keys       []ivrKey
	closed     []ivrKey
	noAction   *extension
	greetingID string
	promptID   string
}

type ivrKey struct {
	key       string
	action    int
	target    *extension
	voicemail bool
}

type sharedLine struct {
	*extension
	members []*user
}

type contact struct {
	*extension
	company     string
	description string
	numbers     []string // E.164
	customID    string
	recorded    bool
}

// caller is somebody outside whom the company talks to.
type caller struct {
	name, company string
	number        string // E.164
	country       string // ISO code
	code          string // calling code
	contact       *contact
}

type plan struct {
	name       string
	kind       int
	subscribed int
}

// carrierNumber is a number the carrier gave, in use or not.
type carrierNumber struct {
	number   string // E.164
	assigned string
	active   bool
}

// company is everything that does not happen but is.
type company struct {
	users         []*user
	pending       []*user // licensed in Zoom Workplace, without Zoom Phone yet
	queues        []*queue
	receptionists []*receptionist
	sharedLines   []*sharedLine
	sites         []*site
	contacts      []*contact
	callers       []*caller
	plans         []plan
	numbers       []carrierNumber
	sessions      []*session
	admins        []*user
	subAccount    string
	billing       string // billing account id

	byExtension map[string]*extension // by extension id
	userByKey   map[string]*user      // by id and by lower-case email
	queueByID   map[string]*queue
	menuByID    map[string]*receptionist
	siteByID    map[string]*site
	userOf      map[*extension]*user
}

// user finds a user by id or email.
func (c *company) user(key string) (*user, bool) {
	if u, ok := c.userByKey[key]; ok {
		return u, true
	}
	u, ok := c.userByKey[strings.ToLower(key)]
	return u, ok && strings.Contains(key, "@")
}

// extensions are all that can be dialled, outside contacts left aside.
func (c *company) extensions() []*extension {
	all := make([]*extension, 0, len(c.users)+len(c.queues)+len(c.receptionists)+8)
	for _, u := range c.users {
		all = append(all, u.extension)
	}
	for _, q := range c.queues {
		all = append(all, q.extension)
	}
	for _, a := range c.receptionists {
		all = append(all, a.extension)
	}
	for _, g := range c.sharedLines {
		all = append(all, g.extension)
	}
	for _, s := range c.sites {
		all = append(all, s.commonArea)
	}
	return all
}

// assigned counts the users of a plan.
func (c *company) assigned(index int) int {
	n := 0
	for _, u := range c.users {
		if slices.Contains(u.plans, index) {
			n++
		}
	}
	return n
}
