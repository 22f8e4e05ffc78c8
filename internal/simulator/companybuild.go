package simulator

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// builder hands out identifiers and numbers while the company is made.
type builder struct {
	keys   *keys
	rand   *rand.Rand
	c      *company
	serial map[refKind]uint16
	line   map[string]int    // last number used in an area code
	groups map[string]string // by department
	hired  map[int]int       // people so far, by the code of the site
}

func newCompany(s *Simulator) *company {
	b := &builder{
		keys: s.keys, rand: s.keys.rand(streamCompany, 0, 0), serial: map[refKind]uint16{}, line: map[string]int{},
		groups: map[string]string{}, hired: map[int]int{},
		c: &company{
			byExtension: map[string]*extension{}, userByKey: map[string]*user{}, queueByID: map[string]*queue{},
			menuByID: map[string]*receptionist{}, siteByID: map[string]*site{}, userOf: map[*extension]*user{},
		},
	}
	b.c.billing, b.c.subAccount = b.id(refMisc), b.id(refMisc)
	b.c.plans = []plan{
		{"US/CA Metered Calling Plan", 100, 30},
		{"US/CA Unlimited Calling Plan", 200, 25},
		{"International Add-on Calling Plan", 300, 10},
	}
	b.sites()
	b.staff()
	b.outside()
	b.queues()
	b.receptionists()
	b.sharedLines()
	b.branches(s.opts.Branches)
	b.carrier()
	b.sessions()
	return b.c
}

func (b *builder) id(k refKind) string { return b.keys.short(b.ref(k)) }

func (b *builder) ref(k refKind) ref {
	b.serial[k]++
	return ref{kind: k, n: b.serial[k]}
}

// dashed is an identifier that begins with a dash, as some real ones do.
func (b *builder) dashed(k refKind) string {
	r := b.ref(k)
	for ; ; r.day++ {
		if id := b.keys.short(r); id[0] == '-' {
			return id
		}
	}
}

// phone is the next number of an area code, 555-0100 to 555-0199 and no other.
func (b *builder) phone(area string) phone {
	n := b.line[area]
	b.line[area]++
	return phone{id: b.id(refPhone), number: fmt.Sprintf("1%s55501%02d", area, n%100)}
}

func (b *builder) extension(k kind, number int, name, department string, at *site) *extension {
	e := &extension{
		kind: k, extID: b.id(refExtension), number: number, name: name, site: at,
		department: department, costCenter: costCenters[department],
	}
	if k != isUser {
		e.id = b.id(refHolder)
	}
	b.c.byExtension[e.extID] = e
	return e
}

func (b *builder) sites() {
	for _, o := range offices {
		b.open(o)
	}
	for i, name := range []string{"Warehouse Phone", "Workshop Phone", "Showroom Phone"} {
		b.common(b.c.sites[i], name)
	}
}

// open adds a site.
func (b *builder) open(o site) *site {
	o.id, o.addressID = b.id(refSite), b.id(refMisc)
	zone, err := time.LoadLocation(o.timezone)
	if err != nil {
		panic(err) // time/tzdata has them all
	}
	o.zone = zone
	b.c.sites = append(b.c.sites, &o)
	b.c.siteByID[o.id] = &o
	return &o
}

// common puts up the phone of a site's common area.
func (b *builder) common(at *site, name string) {
	at.commonArea = b.extension(isCommonArea, at.code*100+80, name, "", at)
	at.commonArea.client, at.commonArea.ip = "Yealink SIP-T54W(96.86.0.100)", at.subnet+"200"
}

func (b *builder) staff() {
	for i, p := range staff {
		u := b.hire(p, b.c.sites[p.site])
		switch i {
		case 0:
			u.email = accountHolder
		case 1:
			u.id = b.dashed(refUser)
		}
		b.employ(u, i)
		// Two hold a licence and never call; one has left.
		switch p.name {
		case "Calista Moreau", "Leonora Castellani":
			u.weight = 0
		case "Edmund Farraday":
			u.status, u.weight, u.plans, u.listed = "deactivate", 0, nil, false
		}
	}
	for _, p := range newcomers {
		u := b.hire(p, b.c.sites[p.site])
		delete(b.c.byExtension, u.extID) // no extension before there is a licence
		u.status = "pending"
		b.c.pending = append(b.c.pending, u)
	}
	b.named("Imogen Hartwell").assistants = []*user{b.named("Wilhelmina Drake")}
	b.named("Rafael Ocampo").assistants = []*user{b.named("Wilhelmina Drake")}
}

// hire makes a user who has nothing yet but a name and an extension.
func (b *builder) hire(p person, at *site) *user {
	b.hired[at.code]++
	u := &user{extension: b.extension(isUser, at.code*100+b.hired[at.code], p.name, p.dept, at), title: p.title}
	if b.groups[p.dept] == "" {
		b.groups[p.dept] = b.id(refGroup)
	}
	u.groupID = b.groups[p.dept]
	u.first, u.last, _ = strings.Cut(p.name, " ")
	u.email = strings.ToLower(u.first+"."+u.last) + "@example.com"
	u.phoneUserID = b.id(refPhoneUser)
	u.employeeID = fmt.Sprintf("E%05d", 10200+len(b.c.userByKey)*7)
	u.id = b.id(refUser)
	return u
}

// employ gives a user what goes with the department; i is the place at the site
// or, for the offices, in the company.
func (b *builder) employ(u *user, i int) {
	u.status, u.listed, u.weight = "activate", u.department != "Executive", 4
	u.shifts = slices.Contains([]string{"Support", "Service", "Sales", "Logistics", "Finance"}, u.department)
	u.phones = []phone{b.phone(u.site.areaCode)}
	u.plans = []int{1}
	u.address = u.site.addressID
	u.ip = u.site.subnet + fmt.Sprint(20+i)
	u.client = [...]string{"MAC_Client(6.4.6.50512)", "WIN_Client(6.4.6.64360)", "WIN_Client(6.3.11.60501)"}[b.rand.IntN(3)]
	switch u.department {
	case "Support", "Service":
		u.plans, u.weight = []int{0}, 6
		u.client = "WIN_Client(6.4.6.64360)"
	case "Sales":
		u.plans, u.weight, u.records, u.summaries = []int{1, 2}, 12, "both", true
	case "Engineering", "People", "IT":
		u.plans, u.weight = []int{0}, 2
	case "Logistics":
		u.plans = []int{0}
	case "Executive":
		u.phones = append(u.phones, b.phone(u.site.areaCode))
	}
	if u.department == "Support" {
		u.summaries = true
	}
	if i%4 == 0 {
		u.deskPhone = b.id(refMisc)
		u.client = "Yealink SIP-T54W(96.86.0.100)"
	}
	b.c.users = append(b.c.users, u)
	b.c.userByKey[u.id], b.c.userByKey[u.email] = u, u
	b.c.userOf[u.extension] = u
	if u.department == "IT" {
		b.c.admins = append(b.c.admins, u)
	}
}

func (b *builder) named(name string) *user {
	for _, u := range b.c.users {
		if u.name == name {
			return u
		}
	}
	panic("no such person on the staff list: " + name)
}

// names are those of all active users but one.
func (b *builder) names(but string) []string {
	var out []string
	for _, u := range b.c.users {
		if u.status == "activate" && u.name != but {
			out = append(out, u.name)
		}
	}
	return out
}

func (b *builder) queues() {
	for i, spec := range []struct {
		name, dept   string
		site         int
		manager      string
		simultaneous bool
		records      bool
		weight       int
		members      []string
	}{
		{"Customer Support", "Support", 0, "Priya Venkataraman", false, true, 10,
			[]string{"Oskar Lindqvist", "Bronwyn Pritchard", "Mateo Villanueva", "Keiko Tanabe", "Desmond Okoro", "Clementine Roux"}},
		{"Technical Service", "Service", 1, "Solveig Nygaard", false, true, 5,
			[]string{"Emeka Nwosu", "Hannah Lowenthal", "Dmitri Volkonsky", "Marisol Quintero"}},
		{"Sales", "Sales", 2, "Victor Delacroix", true, true, 6,
			[]string{"Amara Diallo", "Cormac Redfern", "Tamsin Bellweather", "Nikhil Raghunathan", "Beatrix Holloway"}},
		{"Orders and Shipping", "Logistics", 0, "Harold Whitcombe", true, false, 4,
			[]string{"Nadia Petrova", "Luis Aramburu"}},
		{"Billing", "Finance", 0, "Farah Siddiqui", false, false, 3,
			[]string{"Gregory Nussbaum", "Yvette Marchand"}},
		{"Calibration Lab", "Service", 1, "Patrick Gilhooly", true, false, 2,
			[]string{"Anneliese Vogt", "Jasper Thornbury"}},
		// Switched on for three days a year, when everybody takes calls: more
		// members than fit on a page.
		{"Trade Show Hotline", "Sales", 2, "Beatrix Holloway", true, false, 0, b.names("Beatrix Holloway")},
	} {
		at := b.c.sites[spec.site]
		q := &queue{
			extension: b.extension(isQueue, 8001+i, spec.name, spec.dept, at), manager: b.named(spec.manager),
			simultaneous: spec.simultaneous, records: spec.records, weight: spec.weight, active: spec.weight > 0,
			optedOut: map[*user]bool{},
		}
		q.phones = []phone{b.phone(at.areaCode)}
		if spec.name == "Customer Support" {
			q.phones = append(q.phones, b.phone("888"))
		}
		if spec.name == "Billing" {
			q.id = b.dashed(refHolder)
		}
		q.members = []*user{q.manager}
		for _, name := range spec.members {
			q.members = append(q.members, b.named(name))
		}
		// The manager supervises; one member of a large queue has opted out.
		q.optedOut[q.manager] = len(q.members) > 3
		if len(q.members) > 5 {
			q.optedOut[q.members[len(q.members)-1]] = true
		}
		if slices.Contains([]string{"Orders and Shipping", "Technical Service", "Sales"}, spec.name) {
			q.commonAreas = []*extension{at.commonArea}
		}
		b.c.queues = append(b.c.queues, q)
		b.c.queueByID[q.id] = q
	}
	for i, q := range b.c.queues {
		q.overflow = b.c.queues[0]
		if i == 0 {
			q.overflow = b.c.queues[1]
		}
	}
	// Denver and Boston keep other hours, and stand in for each other.
	b.c.queues[0].elsewhere, b.c.queues[1].elsewhere = b.c.queues[1], b.c.queues[0]
}

func (b *builder) receptionists() {
	q := func(i int) *extension { return b.c.queues[i].extension }
	u := func(name string) *extension { return b.named(name).extension }
	for _, spec := range []struct {
		name     string
		site     int
		noAction *extension
	}{
		{"Denver Main Menu", 0, u("Bertrand Achebe")},
		{"Boston Main Menu", 1, q(1)},
		{"Chicago Main Menu", 2, q(2)},
		{"Support Hotline Menu", 0, q(0)},
	} {
		at := b.c.sites[spec.site]
		a := b.menu(at, spec.name, spec.noAction)
		if at.main == nil {
			at.main = a
		}
	}
	menu := func(i int) *receptionist { return b.c.receptionists[i] }
	toQueue := func(key string, e *extension) ivrKey { return ivrKey{key: key, action: 7, target: e} }
	toUser := func(key, name string) ivrKey { return ivrKey{key: key, action: 2, target: u(name)} }
	menu(0).keys = []ivrKey{
		toQueue("1", q(2)), toQueue("2", q(0)), toQueue("3", q(3)), toQueue("4", q(4)),
		{key: "5", action: 6, target: menu(1).extension}, toUser("0", "Bertrand Achebe"),
	}
	menu(1).keys = []ivrKey{
		toQueue("1", q(1)), toQueue("2", q(5)), {key: "3", action: 400, target: q(1), voicemail: true},
		{key: "9", action: 6, target: menu(0).extension}, toUser("0", "Phoebe Winslow"),
	}
	menu(2).keys = []ivrKey{
		toQueue("1", q(2)), toUser("2", "Josephine Arkwright"), {key: "3", action: 9, target: b.c.contacts[5].extension},
		{key: "9", action: 6, target: menu(0).extension}, toUser("0", "Beatrix Holloway"),
	}
	menu(3).keys = []ivrKey{
		toQueue("1", q(0)), toQueue("2", q(1)), toQueue("3", q(4)),
		{key: "7", action: 400, target: q(0), voicemail: true}, toUser("0", "Priya Venkataraman"),
	}
	for _, a := range b.c.receptionists {
		a.closed = []ivrKey{
			{key: "1", action: 400, target: q(0), voicemail: true},
			{key: "2", action: 300, target: a.extension, voicemail: true},
		}
	}
}

// menu adds an auto receptionist without keys.
func (b *builder) menu(at *site, name string, noAction *extension) *receptionist {
	a := &receptionist{
		extension: b.extension(isReceptionist, 9001+len(b.c.receptionists), name, "", at), noAction: noAction,
		greetingID: b.id(refMisc), promptID: b.id(refMisc),
	}
	a.department, a.costCenter = "People", costCenters["People"]
	a.phones = []phone{b.phone(at.areaCode)}
	b.c.receptionists = append(b.c.receptionists, a)
	b.c.menuByID[a.id] = a
	return a
}

func (b *builder) sharedLines() {
	for i, spec := range []struct {
		name    string
		site    int
		members []string
	}{
		{"Executive Desk", 0, []string{"Wilhelmina Drake", "Imogen Hartwell", "Rafael Ocampo"}},
		{"Boston Front Desk", 1, []string{"Phoebe Winslow", "Solveig Nygaard"}},
	} {
		at := b.c.sites[spec.site]
		g := &sharedLine{extension: b.extension(isSharedLine, 7001+i, spec.name, "", at)}
		g.phones = []phone{b.phone(at.areaCode)}
		for _, name := range spec.members {
			g.members = append(g.members, b.named(name))
		}
		b.c.sharedLines = append(b.c.sharedLines, g)
	}
}

// outside makes the customers and, of some, external contacts.
func (b *builder) outside() {
	perm := b.rand.Perm(100)
	for i, spec := range customers {
		area := outsideAreas[i%len(outsideAreas)]
		o := &caller{
			name: spec.name, company: spec.company, country: "US", code: "1",
			number: fmt.Sprintf("+1%s55501%02d", area, perm[i]),
		}
		if i%12 == 11 && spec.description == "" {
			// London numbers set aside for drama.
			o.country, o.code, o.number = "GB", "44", fmt.Sprintf("+4420794600%02d", perm[i])
		}
		if spec.description != "" {
			x := &contact{
				extension: b.extension(isContact, 5001+i, spec.name, "", nil), company: spec.company,
				description: spec.description, numbers: []string{o.number}, customID: fmt.Sprintf("crm-%04d", 310+i*3), recorded: i%6 != 5,
			}
			x.id = x.extID // lists of contacts know them by no other
			slug := strings.ReplaceAll(strings.ToLower(spec.name), " ", ".")
			x.email = slug + "@example.com"
			if i%4 == 0 {
				x.numbers = append(x.numbers, fmt.Sprintf("+1%s55501%02d", area, perm[60+i]))
			}
			x.phones = []phone{{id: b.id(refPhone), number: strings.TrimPrefix(o.number, "+")}}
			b.c.contacts = append(b.c.contacts, x)
			o.contact = x
		}
		b.c.callers = append(b.c.callers, o)
	}
}

func (b *builder) carrier() {
	for _, e := range b.c.extensions() {
		for _, p := range e.phones {
			b.c.numbers = append(b.c.numbers, carrierNumber{"+" + p.number, "assigned", e.kind != isQueue || b.c.queueByID[e.id].active})
		}
	}
	for _, at := range b.c.sites {
		for i := range 5 {
			status := "unassigned"
			if i == 4 {
				status = "returned"
			}
			b.c.numbers = append(b.c.numbers, carrierNumber{fmt.Sprintf("+1%s55501%02d", at.areaCode, 90+i), status, i < 3})
		}
	}
}
