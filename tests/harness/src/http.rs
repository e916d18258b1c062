use std::io::{self, Read, Write};
use std::net::TcpStream;

/// One bodiless HTTP/1.0 request on loopback; true if the answer is a success.
pub(crate) fn succeeds(port: u16, method: &str, path: &str) -> io::Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let status = answer.split(|byte| *byte == b' ').nth(1);
    Ok(status.is_some_and(|status| status.first() == Some(&b'2')))
}
