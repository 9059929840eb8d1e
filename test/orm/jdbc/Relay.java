// pgJDBC speaks TCP alone, so this stands between it and the server's socket.
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;

public class Relay {
  // The port to connect to for the server that psql's variables lead to.
  public static int toServer() throws IOException {
    String path = System.getenv("PGHOST") + "/.s.PGSQL." + System.getenv("PGPORT");
    ServerSocket door = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    Thread doorman = new Thread(() -> {
      try {
        while (true) {
          Socket here = door.accept();
          SocketChannel there = SocketChannel.open(StandardProtocolFamily.UNIX);
          there.connect(UnixDomainSocketAddress.of(path));
          pump(Channels.newChannel(here.getInputStream()), there);
          pump(there, Channels.newChannel(here.getOutputStream()));
        }
      } catch (IOException error) {
        error.printStackTrace();
      }
    });
    doorman.setDaemon(true);
    doorman.start();
    return door.getLocalPort();
  }

  static void pump(ReadableByteChannel from, WritableByteChannel to) {
    Thread thread = new Thread(() -> {
      ByteBuffer some = ByteBuffer.allocate(65536);
      try {
        while (from.read(some) > 0) {
          some.flip();
          while (some.hasRemaining()) to.write(some);
          some.clear();
        }
        to.close();
      } catch (IOException gone) {
        // the other side has closed
      }
    });
    thread.setDaemon(true);
    thread.start();
  }
}
