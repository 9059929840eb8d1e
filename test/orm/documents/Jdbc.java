// @document doc/howto/jdbc.md java
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;

public class Jdbc {
  public static void main(String[] arguments) throws Exception {
    Connection connection = DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + Relay.toServer() + "/"
        + System.getenv("PGDATABASE") + "?stringtype=unspecified&user=" + System.getenv("PGUSER"));
    connection.createStatement().execute("SELECT objectset_create_table('patient_set', 'patient');"
        + " SELECT objectset_save('patient_set', 'smokers', 'SELECT id FROM patient WHERE smoker')");
    // @block
    same(found.size(), 250 + 11 + 2 - 3);
    same(count, 3L);
    same(ids.length, found.size());
    System.exit(0);
  }

  static void same(Object found, Object wanted) {
    if (!found.equals(wanted)) throw new AssertionError("found " + found + ", wanted " + wanted);
  }
}
