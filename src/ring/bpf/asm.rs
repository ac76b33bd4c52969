//! As much of an eBPF assembler as our programs need: instructions, and jumps forward to labels.

/// A register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ring) enum Reg {
    /// The result of a call, and of the program.
    R0 = 0,
    R1,
    R2,
    R3,
    /// From here to R9 they survive calls.
    R6 = 6,
    R7,
    R8,
    R9,
    /// The stack's top, read-only.
    R10,
}

/// Bytes of a load or store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ring) enum Size {
    Word = 0x00,
    Half = 0x08,
    Byte = 0x10,
    Double = 0x18,
}

/// When a jump is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ring) enum If {
    Equal = 0x10,
    Greater = 0x20,
    /// Any of these bits is set.
    Any = 0x40,
    NotEqual = 0x50,
}

/// A place in the program, set once, behind all jumps to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ring) struct Label(usize);

/// Functions of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ring) enum Helper {
    MapLookup = 1,
    /// A random number of 32 bits.
    Random = 7,
    RedirectMap = 51,
}

const CLASS_LD: u8 = 0x00;
const CLASS_LDX: u8 = 0x01;
const CLASS_ST: u8 = 0x02;
const CLASS_STX: u8 = 0x03;
const CLASS_JMP: u8 = 0x05;
const CLASS_ALU64: u8 = 0x07;
const MODE_ABS: u8 = 0x20;
const MODE_IND: u8 = 0x40;
const MODE_MEM: u8 = 0x60;
const DOUBLE: u8 = 0x18;
const FROM_REG: u8 = 0x08;
const OP_ADD: u8 = 0x00;
const OP_MULTIPLY: u8 = 0x20;
const OP_AND: u8 = 0x50;
const OP_SHIFT_LEFT: u8 = 0x60;
const OP_SHIFT_RIGHT: u8 = 0x70;
const OP_XOR: u8 = 0xa0;
const OP_MOV: u8 = 0xb0;
const OP_CALL: u8 = 0x80;
const OP_EXIT: u8 = 0x90;
/// In the source register of a wide load: the immediate is a map's descriptor.
const PSEUDO_MAP_FD: u8 = 1;

/// A program in the making.
#[derive(Debug, Default)]
pub(in crate::ring) struct Assembler {
    code: Vec<Insn>,
    /// Jumps that wait for their label.
    jumps: Vec<(usize, Label)>,
    labels: Vec<Option<usize>>,
}

#[derive(Clone, Copy, Debug)]
struct Insn {
    code: u8,
    to: u8,
    from: u8,
    offset: i16,
    value: i32,
}

impl Insn {
    /// As the kernel reads it: in the machine's byte order, the registers in one byte.
    fn bits(self) -> u64 {
        let registers =
            if cfg!(target_endian = "little") { self.from << 4 | self.to } else { self.to << 4 | self.from };
        let [a, b] = self.offset.to_ne_bytes();
        let [c, d, e, f] = self.value.to_ne_bytes();
        u64::from_ne_bytes([self.code, registers, a, b, c, d, e, f])
    }
}

impl Assembler {
    fn push(&mut self, code: u8, to: u8, from: u8, offset: i16, value: i32) {
        self.code.push(Insn { code, to, from, offset, value });
    }

    /// `to = from`
    pub fn copy(&mut self, to: Reg, from: Reg) {
        self.push(CLASS_ALU64 | OP_MOV | FROM_REG, to as u8, from as u8, 0, 0);
    }

    /// `to = value`
    pub fn set(&mut self, to: Reg, value: i32) {
        self.push(CLASS_ALU64 | OP_MOV, to as u8, 0, 0, value);
    }

    /// `to += value`
    pub fn add(&mut self, to: Reg, value: i32) {
        self.push(CLASS_ALU64 | OP_ADD, to as u8, 0, 0, value);
    }

    /// `to &= value`
    pub fn and(&mut self, to: Reg, value: i32) {
        self.push(CLASS_ALU64 | OP_AND, to as u8, 0, 0, value);
    }

    /// `to += from`
    pub fn add_reg(&mut self, to: Reg, from: Reg) {
        self.push(CLASS_ALU64 | OP_ADD | FROM_REG, to as u8, from as u8, 0, 0);
    }

    /// `to ^= from`
    pub fn xor_reg(&mut self, to: Reg, from: Reg) {
        self.push(CLASS_ALU64 | OP_XOR | FROM_REG, to as u8, from as u8, 0, 0);
    }

    /// `to *= from`, the low 64 bits.
    pub fn multiply(&mut self, to: Reg, from: Reg) {
        self.push(CLASS_ALU64 | OP_MULTIPLY | FROM_REG, to as u8, from as u8, 0, 0);
    }

    /// `to <<= bits`
    pub fn shift_left(&mut self, to: Reg, bits: i32) {
        self.push(CLASS_ALU64 | OP_SHIFT_LEFT, to as u8, 0, 0, bits);
    }

    /// `to >>= bits`, zeros come in.
    pub fn shift_right(&mut self, to: Reg, bits: i32) {
        self.push(CLASS_ALU64 | OP_SHIFT_RIGHT, to as u8, 0, 0, bits);
    }

    /// `to = value`, all 64 bits of it.
    pub fn set_wide(&mut self, to: Reg, value: u64) {
        let [low, high] = [value as u32, (value >> 32) as u32].map(u32::cast_signed);
        self.push(CLASS_LD | DOUBLE, to as u8, 0, 0, low);
        self.push(0, 0, 0, 0, high);
    }

    /// `R0` = so many bytes of the packet at `offset`, in the machine's order; a packet without them ends the program with
    /// 0. The context must be in R6; R1 to R5 are lost. For socket filters only.
    pub fn packet(&mut self, size: Size, offset: i32) {
        self.push(CLASS_LD | MODE_ABS | size as u8, 0, 0, 0, offset);
    }

    /// As [`Self::packet`], at `index + offset`.
    pub fn packet_at(&mut self, size: Size, index: Reg, offset: i32) {
        self.push(CLASS_LD | MODE_IND | size as u8, 0, index as u8, 0, offset);
    }

    /// `*(base + offset) = from`, wherever the base points to.
    pub fn store_at(&mut self, size: Size, base: Reg, offset: i16, from: Reg) {
        self.push(CLASS_STX | MODE_MEM | size as u8, base as u8, from as u8, offset, 0);
    }

    /// `to = *(base + offset)`, zero-extended.
    pub fn load(&mut self, size: Size, to: Reg, base: Reg, offset: i16) {
        self.push(CLASS_LDX | MODE_MEM | size as u8, to as u8, base as u8, offset, 0);
    }

    /// `*(stack + offset) = from`; the offset is negative.
    pub fn store(&mut self, size: Size, offset: i16, from: Reg) {
        self.push(CLASS_STX | MODE_MEM | size as u8, Reg::R10 as u8, from as u8, offset, 0);
    }

    /// `*(stack + offset) = value`
    pub fn store_value(&mut self, size: Size, offset: i16, value: i32) {
        self.push(CLASS_ST | MODE_MEM | size as u8, Reg::R10 as u8, 0, offset, value);
    }

    /// `to` = the map with this descriptor.
    pub fn map(&mut self, to: Reg, fd: i32) {
        self.push(CLASS_LD | DOUBLE, to as u8, PSEUDO_MAP_FD, 0, fd);
        self.push(0, 0, 0, 0, 0);
    }

    /// Calls a function of the kernel: arguments in R1 and up, which are lost, result in R0.
    pub fn call(&mut self, helper: Helper) {
        self.push(CLASS_JMP | OP_CALL, 0, 0, 0, helper as i32);
    }

    /// Ends with R0.
    pub fn exit(&mut self) {
        self.push(CLASS_JMP | OP_EXIT, 0, 0, 0, 0);
    }

    /// A place to jump to, yet unknown.
    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    /// The label is here.
    pub fn here(&mut self, label: Label) {
        let here = self.code.len();
        if let Some(place) = self.labels.get_mut(label.0) {
            *place = Some(here);
        }
    }

    /// Goes on at the label.
    pub fn jump(&mut self, label: Label) {
        self.jump_to(CLASS_JMP, 0, 0, 0, label);
    }

    /// Goes on at the label if the register compares so with the value, which is sign-extended.
    pub fn jump_if(&mut self, a: Reg, when: If, value: i32, label: Label) {
        self.jump_to(CLASS_JMP | when as u8, a as u8, 0, value, label);
    }

    /// Goes on at the label if two registers compare so.
    pub fn jump_if_reg(&mut self, a: Reg, when: If, b: Reg, label: Label) {
        self.jump_to(CLASS_JMP | when as u8 | FROM_REG, a as u8, b as u8, 0, label);
    }

    fn jump_to(&mut self, code: u8, to: u8, from: u8, value: i32, label: Label) {
        self.jumps.push((self.code.len(), label));
        self.push(code, to, from, 0, value);
    }

    /// The instructions; `None` if a label was never set or is too far.
    pub fn finish(mut self) -> Option<Vec<u64>> {
        for (at, label) in self.jumps {
            let target = (*self.labels.get(label.0)?)?;
            let distance = target.checked_sub(at + 1)?;
            self.code.get_mut(at)?.offset = i16::try_from(distance).ok()?;
        }
        Some(self.code.into_iter().map(Insn::bits).collect())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn bytes(program: &[u64]) -> Vec<[u8; 8]> {
        program.iter().map(|bits| bits.to_ne_bytes()).collect()
    }

    #[test]
    fn instructions_as_the_specification_writes_them() {
        let mut asm = Assembler::default();
        let end = asm.label();
        asm.load(Size::Word, Reg::R7, Reg::R1, 4);
        asm.jump_if(Reg::R7, If::NotEqual, 0x1234, end);
        asm.jump_if_reg(Reg::R1, If::Greater, Reg::R8, end);
        asm.map(Reg::R1, 9);
        asm.call(Helper::RedirectMap);
        asm.here(end);
        asm.set(Reg::R0, -1);
        asm.exit();
        let program = bytes(&asm.finish().unwrap());
        assert_eq!(
            program,
            [
                [0x61, 0x17, 4, 0, 0, 0, 0, 0],
                [0x55, 0x07, 4, 0, 0x34, 0x12, 0, 0],
                [0x2d, 0x81, 3, 0, 0, 0, 0, 0],
                [0x18, 0x11, 0, 0, 9, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0x85, 0, 0, 0, 51, 0, 0, 0],
                [0xb7, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
                [0x95, 0, 0, 0, 0, 0, 0, 0],
            ]
        );
    }

    #[test]
    fn what_socket_filters_need_besides() {
        let mut asm = Assembler::default();
        asm.packet(Size::Half, 6);
        asm.packet_at(Size::Byte, Reg::R7, 14);
        asm.multiply(Reg::R9, Reg::R1);
        asm.xor_reg(Reg::R9, Reg::R2);
        asm.add_reg(Reg::R9, Reg::R0);
        asm.shift_left(Reg::R0, 2);
        asm.shift_right(Reg::R9, 48);
        asm.set_wide(Reg::R1, 0x1122_3344_5566_7788);
        asm.store_at(Size::Double, Reg::R0, 0, Reg::R1);
        assert_eq!(
            bytes(&asm.finish().unwrap()),
            [
                [0x28, 0, 0, 0, 6, 0, 0, 0],
                [0x50, 0x70, 0, 0, 14, 0, 0, 0],
                [0x2f, 0x19, 0, 0, 0, 0, 0, 0],
                [0xaf, 0x29, 0, 0, 0, 0, 0, 0],
                [0x0f, 0x09, 0, 0, 0, 0, 0, 0],
                [0x67, 0x00, 0, 0, 2, 0, 0, 0],
                [0x77, 0x09, 0, 0, 48, 0, 0, 0],
                [0x18, 0x01, 0, 0, 0x88, 0x77, 0x66, 0x55],
                [0, 0, 0, 0, 0x44, 0x33, 0x22, 0x11],
                [0x7b, 0x10, 0, 0, 0, 0, 0, 0],
            ]
        );
    }

    #[test]
    fn a_label_that_is_never_set_makes_no_program() {
        let mut asm = Assembler::default();
        let nowhere = asm.label();
        asm.jump(nowhere);
        assert!(asm.finish().is_none());
        let mut back = Assembler::default();
        let start = back.label();
        back.here(start);
        back.jump(start);
        assert!(back.finish().is_none(), "a loop");
    }
}
