package doctor

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

const (
	// fullDisk is how little room is as good as none: a flush of the index and a batch of raft entries need some of it at once.
	fullDisk = 512 << 20
	// soonDays is how early an operator is to know that the disk fills: buying one takes an agency a month.
	soonDays = 45
	// fewPercent of room or inodes is worth a word, however slowly they go.
	fewPercent = 5
	// maxRaft is what raft's log is designed to take.
	maxRaft = 1 << 30
)

var diskKinds = []Kind{
	{"disk.full", Critical,
		lang.Text{Vi: "Đĩa của dữ liệu gần đầy: còn {free} trên {total}.", En: "The disk of the data is all but full: {free} of {total} are left."},
		lang.Text{Vi: "Khi một lần ghi không thành, nút dừng để không ghi sai.", En: "When a write fails the node stops, rather than write something wrong."},
		lang.Text{Vi: "Dọn chỗ ngoài thư mục data, hoặc mở rộng đĩa. Không xóa tệp nào trong data.", En: "Make room outside the data directory, or enlarge the disk. Delete no file in it."},
		"du -xh --max-depth=2 {mount}"},
	{"disk.read-only", Critical,
		lang.Text{Vi: "Đĩa của dữ liệu ({mount}) chỉ đọc được.", En: "The disk of the data ({mount}) is mounted read-only."},
		lang.Text{Vi: "Nhân hệ điều hành thường làm vậy khi đĩa có lỗi. Nút không ghi được.", En: "The kernel usually does that when the disk has errors. The node cannot write."},
		lang.Text{Vi: "Xem nhật ký của nhân trước khi gắn lại; có lỗi đĩa thì thay đĩa.", En: "Look at the kernel's log before you mount it again; with errors, replace the disk."},
		"dmesg --level=err,warn"},
	{"inodes.out", Critical,
		lang.Text{Vi: "Hệ thống tệp {mount} hết inode: còn {inodes}.", En: "The file system {mount} is out of inodes: {inodes} are left."},
		lang.Text{Vi: "Không tạo được tệp mới dù còn chỗ.", En: "No file can be made although there is room."},
		lang.Text{Vi: "Tìm và dọn nơi có rất nhiều tệp nhỏ, ngoài thư mục data.", En: "Find where very many small files are, outside the data directory, and clean up there."},
		"df -i {mount}"},
	{"fs.volatile", Critical,
		lang.Text{Vi: "Dữ liệu nằm trên {type} ({mount}), trong bộ nhớ.", En: "The data is on {type} ({mount}), in memory."},
		lang.Text{Vi: "Tắt máy là mất: sổ cái, lá phiếu và dấu đã ký.", En: "It is gone when the machine stops: ledger, votes, and what was signed."},
		lang.Text{Vi: "Chuyển thư mục sang đĩa thật khi nút đã dừng.", En: "Move the directory to a real disk while the node is stopped."}, ""},
	{"disk.soon", Warning,
		lang.Text{Vi: "Đĩa đầy sau khoảng {days} ngày: còn {free}, sổ cái tăng {growth} mỗi ngày.", En: "The disk is full in about {days} days: {free} are left, the ledger grows by {growth} a day."},
		lang.Text{Vi: "Hết chỗ thì nút dừng.", En: "Without room the node stops."},
		lang.Text{Vi: "Mở rộng đĩa, hoặc chuyển dữ liệu sang đĩa lớn hơn khi nút đã dừng.", En: "Enlarge the disk, or move the data to a larger one while the node is stopped."},
		"df -h {mount}"},
	{"disk.few", Warning,
		lang.Text{Vi: "Đĩa của dữ liệu còn {free} trên {total}.", En: "The disk of the data has {free} of {total} left."},
		lang.Text{Vi: "Chương trình khác có thể lấp nốt chỗ còn lại.", En: "Other programs may take the rest."},
		lang.Text{Vi: "Xem gì chiếm chỗ, ngoài thư mục data.", En: "See what takes the room, outside the data directory."},
		"du -xh --max-depth=2 {mount}"},
	{"inodes.few", Warning,
		lang.Text{Vi: "Hệ thống tệp {mount} còn {inodes} inode.", En: "The file system {mount} has {inodes} inodes left."},
		lang.Text{Vi: "Hết inode thì không tạo được tệp dù còn chỗ.", En: "Without inodes no file can be made although there is room."},
		lang.Text{Vi: "Tìm nơi có rất nhiều tệp nhỏ.", En: "Find where very many small files are."},
		"df -i {mount}"},
	{"fs.network", Warning,
		lang.Text{Vi: "Dữ liệu nằm trên hệ thống tệp mạng {type} ({mount}).", En: "The data is on a network file system, {type} ({mount})."},
		lang.Text{Vi: "Khóa tệp và fsync ở đó có thể không giữ lời: hai nút cùng mở một sổ cái, hoặc mất điều đã báo là đã ghi.", En: "Locks and fsync may not keep their word there: two nodes open one ledger, or what was confirmed is lost."},
		lang.Text{Vi: "Chuyển dữ liệu sang đĩa của chính máy khi nút đã dừng.", En: "Move the data to a disk of the machine while the node is stopped."}, ""},
	{"fs.overlay", Warning,
		lang.Text{Vi: "Dữ liệu nằm trong lớp của một thùng chứa ({type}, {mount}).", En: "The data is in the layer of a container ({type}, {mount})."},
		lang.Text{Vi: "Lớp ấy mất cùng với thùng chứa.", En: "That layer goes with the container."},
		lang.Text{Vi: "Gắn một ổ (volume) cho thư mục data.", En: "Mount a volume for the data directory."}, ""},
	{"fs.fast-commit", Warning,
		lang.Text{Vi: "ext4 {mount} bật fast_commit trên nhân {kernel}.", En: "ext4 {mount} has fast_commit on kernel {kernel}."},
		lang.Text{
			Vi: "Nhân trước 5.10.94, 5.15.27 và 5.17 có thể làm hỏng tệp sổ cái khi mất điện (bbolt, \"Known Issues\").",
			En: "Kernels before 5.10.94, 5.15.27 and 5.17 can damage the ledger's files when power fails (bbolt, \"Known Issues\")."},
		lang.Text{Vi: "Nâng cấp nhân; hoặc tắt tính năng khi đĩa không gắn:", En: "Upgrade the kernel; or switch the feature off while the disk is not mounted:"},
		"tune2fs -O ^fast_commit {device}"},
	{"fs.fast-commit-unknown", Note,
		lang.Text{Vi: "Nhân {kernel} có lỗi với fast_commit của ext4, và ở đây không xem được {device} có bật hay không.", En: "Kernel {kernel} has the fault with ext4's fast_commit, and whether {device} has it could not be looked at."},
		lang.Text{Vi: "Nếu có, mất điện có thể làm hỏng tệp sổ cái.", En: "If so, a power failure can damage the ledger's files."},
		lang.Text{Vi: "Xem bằng quyền quản trị:", En: "Look as root:"},
		"dumpe2fs -h {device}"},
	{"fs.no-barrier", Warning,
		lang.Text{Vi: "{mount} gắn với {option}.", En: "{mount} is mounted with {option}."},
		lang.Text{Vi: "Đĩa có thể mất điều nó đã báo là đã ghi khi mất điện: nút quên phiếu và chữ ký của mình.", En: "The disk may lose what it confirmed when power fails: the node forgets its votes and signatures."},
		lang.Text{Vi: "Bỏ tùy chọn ấy trong /etc/fstab rồi gắn lại khi nút đã dừng.", En: "Take the option out of /etc/fstab, and mount it again while the node is stopped."},
		"findmnt {mount}"},
	{"fs.writeback", Warning,
		lang.Text{Vi: "{mount} gắn với data=writeback.", En: "{mount} is mounted with data=writeback."},
		lang.Text{Vi: "Sau khi mất điện, tệp có thể chứa rác ở cuối.", En: "After a power failure files may end in garbage."},
		lang.Text{Vi: "Dùng data=ordered, mặc định của ext4.", En: "Use data=ordered, the default of ext4."},
		"findmnt {mount}"},
	{"raft.large", Warning,
		lang.Text{Vi: "raft.db có {size}, nhiều hơn {most}.", En: "raft.db has {size}, more than {most}."},
		lang.Text{Vi: "Nhật ký raft phải có giới hạn; nó giữ nhiều hơn thì các nút khác chậm lâu, hoặc chưa từng có ảnh chụp.", En: "Raft's log is to be bounded; more of it means that other nodes are far behind, or that there was no snapshot."},
		lang.Text{Vi: "Xem nút nào chậm.", En: "See which node is behind."},
		"ocopd doctor --dir {dir}"},
}

// networkTypes are file systems whose locks and fsync depend on another machine.
var networkTypes = []string{"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs", "fuse.glusterfs", "virtiofs"}

func disk(l *list, f *Facts) {
	m := &f.Machine
	v := values{}
	if fs := m.FileSystem; fs != nil {
		v["mount"], v["device"], v["type"], v["kernel"] = text(fs.Mount), text(fs.Device), text(fs.Type), text(fs.Kernel)
		fileSystem(l, fs, v)
	} else {
		v["mount"] = text(f.Dir)
	}
	if size := m.Sizes["raft.db"]; size > maxRaft {
		l.add("raft.large", 0, values{"size": bytes(uint64(size)), "most": bytes(maxRaft)})
	}
	d := m.Disk
	if d == nil {
		return
	}
	v["free"], v["total"], v["inodes"] = bytes(d.Free), bytes(d.Total), number(d.Inodes)
	days, growth, known := f.DiskDays()
	switch {
	case d.ReadOnly:
		l.add("disk.read-only", 0, v)
	case d.Free < fullDisk:
		l.add("disk.full", 0, v)
	case known && days < soonDays:
		v["days"], v["growth"] = number(int64(days)), bytes(uint64(growth))
		l.add("disk.soon", 0, v)
	case d.Total > 0 && d.Free < d.Total/100*fewPercent:
		l.add("disk.few", 0, v)
	}
	switch {
	case d.AllNode == 0:
	case d.Inodes < 100:
		l.add("inodes.out", 0, v)
	case d.Inodes < d.AllNode/100*fewPercent:
		l.add("inodes.few", 0, v)
	}
}

func fileSystem(l *list, fs *FileSystem, v values) {
	switch {
	case fs.Type == "tmpfs" || fs.Type == "ramfs":
		l.add("fs.volatile", 0, v)
	case slices.Contains(networkTypes, fs.Type):
		l.add("fs.network", 0, v)
	case fs.Type == "overlay" || fs.Type == "aufs":
		l.add("fs.overlay", 0, v)
	}
	for _, option := range fs.Options {
		switch option {
		case "nobarrier", "barrier=0":
			v["option"] = text(option)
			l.add("fs.no-barrier", 0, v)
		case "data=writeback":
			l.add("fs.writeback", 0, v)
		}
	}
	if fs.Type != "ext4" || !faultyFastCommit(fs.Kernel) {
		return
	}
	if fs.FastCommit == nil {
		l.add("fs.fast-commit-unknown", 0, v)
	} else if *fs.FastCommit {
		l.add("fs.fast-commit", 0, v)
	}
}

// faultyFastCommit tells whether a kernel has the fault that damages bbolt's files on ext4 with fast_commit: the feature came with 5.10, and the fault was
// mended in 5.10.94, 5.15.27 and 5.17.
func faultyFastCommit(release string) bool {
	var at [3]int
	version, _, _ := strings.Cut(release, "-")
	for i, part := range strings.SplitN(version, ".", 4) {
		n, err := strconv.Atoi(part)
		if err != nil || i == len(at) {
			break
		}
		at[i] = n
	}
	mended := map[int]int{10: 94, 15: 27}
	switch patch, ok := mended[at[1]]; {
	case at[0] != 5 || at[1] < 10 || at[1] >= 17:
		return false
	case ok:
		return at[2] < patch
	}
	return true
}

// DiskDays is in how many days the disk is full at the rate of the newest week or day, and the bytes of a day; false when that is not known. Every leaf costs
// what leaves have cost on average until now, indexes included.
func (f *Facts) DiskDays() (days, growth float64, known bool) {
	d, l := f.Machine.Disk, f.Ledger
	if d == nil || l == nil || l.Leaves == 0 || l.PerDay <= 0 {
		return 0, 0, false
	}
	kept := f.Machine.Sizes["chain.db"] + f.Machine.Sizes["index.db"]
	if raft := f.Machine.Sizes["raft.db"]; raft < maxRaft {
		kept += raft
	}
	growth = float64(kept) / float64(l.Leaves) * l.PerDay
	if growth < 1 {
		return 0, 0, false
	}
	return math.Min(float64(d.Free)/growth, math.MaxInt32), growth, true
}

// bytes is a size for people.
func bytes(n uint64) lang.Text {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	v, i := float64(n), 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	if i == 0 {
		return text(fmt.Sprintf("%d B", n))
	}
	return lang.Same("%.1f %s").Each(v, units[i])
}
