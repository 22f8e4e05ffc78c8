package simulator

import (
	"fmt"
	"slices"
	"strings"
)

// branchOffices are where a company grows to, one after the other. Their numbers
// stay clear of those of the offices and of the callers outside.
var branchOffices = []site{
	{name: "Albuquerque Branch", areaCode: "505", timezone: "America/Denver",
		street: "77 Mesa Road", city: "Albuquerque", state: "NM", zip: "87102", isp: "High Desert Broadband"},
	{name: "Austin Branch", areaCode: "512", timezone: "America/Chicago",
		street: "310 Pecan Street", city: "Austin", state: "TX", zip: "78701", isp: "Lone Oak Networks"},
	{name: "Miami Branch", areaCode: "305", timezone: "America/New_York",
		street: "15 Palmetto Way", city: "Miami", state: "FL", zip: "33130", isp: "Biscayne Cable"},
	{name: "Minneapolis Branch", areaCode: "612", timezone: "America/Chicago",
		street: "624 Mill Street", city: "Minneapolis", state: "MN", zip: "55401", isp: "Prairie Networks"},
	{name: "Pittsburgh Branch", areaCode: "412", timezone: "America/New_York",
		street: "9 Furnace Lane", city: "Pittsburgh", state: "PA", zip: "15222", isp: "Three Rivers Fiber"},
	{name: "Boise Branch", areaCode: "208", timezone: "America/Boise",
		street: "140 Canyon Avenue", city: "Boise", state: "ID", zip: "83702", isp: "High Desert Broadband"},
	{name: "New Orleans Branch", areaCode: "504", timezone: "America/Chicago",
		street: "58 Levee Street", city: "New Orleans", state: "LA", zip: "70112", isp: "Delta Cable"},
	{name: "Portland Branch", areaCode: "207", timezone: "America/New_York",
		street: "3 Lighthouse Road", city: "Portland", state: "ME", zip: "04101", isp: "Bay State Cable"},
}

// branchStaff are the people of a branch by department; the last one is there for
// the plan alone and never calls.
var branchStaff = []struct {
	title, dept string
	people      int
}{
	{"Support Specialist", "Support", 7}, {"Account Executive", "Sales", 6}, {"Field Engineer", "Service", 6},
	{"Shipping Coordinator", "Logistics", 2}, {"Office Coordinator", "People", 1}, {"Optics Engineer", "Engineering", 2},
}

// Names of the staff of branches and of their customers are put together; the
// second list is turned a little further for every branch.
var (
	branchFirst = strings.Fields(`Alma Boris Celeste Darius Edith Fabian Greta Hamid Ines Jonas Katja Leopold Mirela Noel Odile Pavel
		Querida Rashid Selma Tomas Ursula Valdis Wanda Yusuf`)
	branchLast = strings.Fields(`Abbott Bianchi Castellan Dubois Eklund Fontaine Granger Hollis Ivarsson Jansen Kowalski Lemaire Mbeki
		Novak Ortega Pemberton Quigley Rosario Sandoval Tremblay Ueda Vance Wolcott Zielinski`)
	branchTrades = []string{"Water Works", "Foundry", "Dental Lab", "Brewery", "Clinic", "College", "Coatings", "Orchards", "Shipyard", "Pigments"}
)

const (
	branchTurn = 5 // of branchLast, prime to its length
	// branchLines are the last two digits from which on numbers are those of customers.
	branchLines = 50
)

// branches adds so many branch offices to the company: each with a site, staff,
// customers, three call queues with members and one without, and two menus.
func (b *builder) branches(n int) {
	for i := range min(n, len(branchOffices)) {
		at := branchOffices[i]
		at.code = 11 + i
		at.publicIP = fmt.Sprintf("%s.%d", [...]string{"192.0.2", "198.51.100", "203.0.113"}[i%3], 120+i)
		at.subnet = fmt.Sprintf("10.%d.4.", 100+i)
		b.branch(i, b.open(at))
	}
}

func (b *builder) branch(i int, at *site) {
	b.common(at, at.city+" Lobby Phone")
	staff := map[string][]*user{}
	for _, job := range branchStaff {
		for range job.people {
			k := b.hired[at.code]
			u := b.hire(person{name: branchName(k, i), title: job.title, dept: job.dept}, at)
			b.employ(u, k)
			staff[job.dept] = append(staff[job.dept], u)
		}
	}
	staff["Engineering"][1].weight = 0 // holds a licence and never calls
	for p := range b.c.plans {
		b.c.plans[p].subscribed += []int{20, 8, 6}[p]
	}
	for k, trade := range branchTrades {
		b.c.callers = append(b.c.callers, &caller{
			name: branchName(len(branchFirst)-1-k, i+2), company: at.city + " " + trade, country: "US", code: "1",
			number: fmt.Sprintf("+1%s55501%02d", at.areaCode, branchLines+k),
		})
	}
	var queues []*queue
	for _, spec := range []struct {
		name, dept            string
		simultaneous, records bool
		weight                int
		members               []*user
	}{
		{"Support", "Support", false, true, 6, staff["Support"]},
		{"Sales", "Sales", true, true, 4, staff["Sales"]},
		{"Field Service", "Service", false, false, 3, append(slices.Clone(staff["Service"]), staff["Logistics"]...)},
		{"Rentals", "Logistics", true, false, 0, nil}, // planned: numbers and keys lead to it, nobody is in it
	} {
		q := &queue{
			extension: b.extension(isQueue, 8001+len(b.c.queues), at.city+" "+spec.name, spec.dept, at), manager: staff["Logistics"][0],
			simultaneous: spec.simultaneous, records: spec.records, weight: spec.weight, active: true,
			members: spec.members, optedOut: map[*user]bool{}, overflow: b.c.queues[0],
		}
		q.phones = []phone{b.phone(at.areaCode)}
		if len(q.members) > 0 {
			q.manager = q.members[0]
			q.optedOut[q.manager] = true
		}
		if spec.name == "Sales" {
			q.commonAreas = []*extension{at.commonArea}
		}
		b.c.queues = append(b.c.queues, q)
		b.c.queueByID[q.id] = q
		queues = append(queues, q)
	}
	coordinator := staff["People"][0].extension
	main := b.menu(at, at.city+" Main Menu", coordinator)
	after := b.menu(at, at.city+" Service Menu", queues[2].extension)
	at.main = main
	main.keys = []ivrKey{
		{key: "1", action: 7, target: queues[1].extension}, {key: "2", action: 7, target: queues[0].extension},
		{key: "3", action: 6, target: after.extension}, {key: "4", action: 7, target: queues[3].extension},
		{key: "0", action: 2, target: coordinator},
	}
	after.keys = []ivrKey{
		{key: "1", action: 7, target: queues[2].extension}, {key: "2", action: 7, target: b.c.queues[0].extension},
		{key: "3", action: 400, target: queues[2].extension, voicemail: true}, {key: "0", action: 2, target: coordinator},
	}
	for _, a := range []*receptionist{main, after} {
		a.closed = []ivrKey{{key: "1", action: 400, target: queues[0].extension, voicemail: true}}
	}
}

// branchName is the k-th name of a branch.
func branchName(k, branch int) string {
	return branchFirst[k] + " " + branchLast[(k+branchTurn*branch)%len(branchLast)]
}
