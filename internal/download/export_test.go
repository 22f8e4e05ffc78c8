package download

import "os"

// Target is what tests put in the place of a file on disk.
type Target = target

// OnCreate lets a test stand between the store and its files.
func (s *Store) OnCreate(f func(Target) Target) {
	create := s.create
	s.create = func(root *os.Root, name string) (target, error) {
		t, err := create(root, name)
		if err != nil {
			return nil, err
		}
		return f(t), nil
	}
}

// FileName and Sniff are what the room makes of names and contents.
var (
	FileName = fileName
	Sniff    = sniff
)
