/* One instanced quad a splat: EWA projection (Zwicker et al. 2001) and the colour towards the eye, in sRGB.
 * Blender's view space looks along -Z. addon/splat_reference.py says the same in NumPy. */

vec3 coefficient(ivec2 base, int k)
{
  return texelFetch(harmonics_tx, base + ivec2(k, 0), 0).rgb;
}

vec3 colour_towards(ivec2 base, vec3 d)
{
  vec3 rgb = 0.5 + 0.28209479177387814 * coefficient(base, 0);
#if SH_DEGREE > 0
  rgb += 0.4886025119029199 *
         (-d.y * coefficient(base, 1) + d.z * coefficient(base, 2) - d.x * coefficient(base, 3));
#endif
#if SH_DEGREE > 1
  float xx = d.x * d.x;
  float yy = d.y * d.y;
  float zz = d.z * d.z;
  rgb += 1.0925484305920792 * d.x * d.y * coefficient(base, 4) - 1.0925484305920792 * d.y * d.z * coefficient(base, 5) +
         0.31539156525252005 * (2.0 * zz - xx - yy) * coefficient(base, 6) -
         1.0925484305920792 * d.x * d.z * coefficient(base, 7) + 0.5462742152960396 * (xx - yy) * coefficient(base, 8);
#endif
#if SH_DEGREE > 2
  rgb += -0.5900435899266435 * d.y * (3.0 * xx - yy) * coefficient(base, 9) +
         2.890611442640554 * d.x * d.y * d.z * coefficient(base, 10) -
         0.4570457994644658 * d.y * (4.0 * zz - xx - yy) * coefficient(base, 11) +
         0.3731763325901154 * d.z * (2.0 * zz - 3.0 * xx - 3.0 * yy) * coefficient(base, 12) -
         0.4570457994644658 * d.x * (4.0 * zz - xx - yy) * coefficient(base, 13) +
         1.445305721320277 * d.z * (xx - yy) * coefficient(base, 14) -
         0.5900435899266435 * d.x * (xx - 3.0 * yy) * coefficient(base, 15);
#endif
  return max(rgb, vec3(0.0));
}

void main()
{
  gl_Position = vec4(0.0, 0.0, 2.0, 1.0); /* Outside: culled. */
  local = vec2(0.0);
  tint = vec4(0.0);

  int row = gl_InstanceID / ORDER_WIDTH;
  int slot = int(texelFetch(order_tx, ivec2(gl_InstanceID - row * ORDER_WIDTH, row), 0).r);
  ivec2 place = ivec2(slot % ROW_SPLATS, slot / ROW_SPLATS);
  ivec2 base = ivec2(place.x * 3, place.y);
  vec4 t0 = texelFetch(splat_tx, base, 0);
  vec4 t1 = texelFetch(splat_tx, base + ivec2(1, 0), 0);
  vec4 t2 = texelFetch(splat_tx, base + ivec2(2, 0), 0);

  float opacity = t0.w * camera.look.x;
  vec4 eye = camera.model_view * vec4(t0.xyz, 1.0);
  vec4 clip = camera.projection * eye;
  if (opacity < CUTOFF || abs(clip.z) > clip.w) {
    return;
  }

  vec2 size = camera.viewport.xy;
  vec2 focal = 0.5 * size * vec2(camera.projection[0][0], camera.projection[1][1]);
  bool ortho = camera.projection[3][3] > 0.5;
  float inverse_depth = ortho ? 1.0 : -1.0 / eye.z;
  /* The linear approximation fails far outside the view: hold its slope at 1.3 times the border, as 3DGS does. */
  vec2 limit = 1.3 / vec2(camera.projection[0][0], camera.projection[1][1]);
  vec2 slope = ortho ? vec2(0.0) : clamp(eye.xy * inverse_depth, -limit, limit);
  vec3 ju = focal.x * inverse_depth * vec3(1.0, 0.0, slope.x);
  vec3 jv = focal.y * inverse_depth * vec3(0.0, 1.0, slope.y);

  mat3 to_eye = mat3(camera.model_view);
  mat3 sigma = mat3(t1.x, t1.y, t1.z, t1.y, t1.w, t2.x, t1.z, t2.x, t2.y);
  mat3 eye_sigma = camera.look.y * camera.look.y * (to_eye * sigma * transpose(to_eye));
  float a = dot(ju, eye_sigma * ju) + LOW_PASS;
  float b = dot(ju, eye_sigma * jv);
  float c = dot(jv, eye_sigma * jv) + LOW_PASS;

  float mid = 0.5 * (a + c);
  float gap = length(vec2(0.5 * (a - c), b));
  float l1 = mid + gap;
  float l2 = max(mid - gap, LOW_PASS);
  vec2 axis = abs(b) < 1e-6 ? (a >= c ? vec2(1.0, 0.0) : vec2(0.0, 1.0)) : normalize(vec2(b, l1 - a));
  /* Where the Gaussian falls under the smallest visible alpha, its quad ends. */
  float reach = sqrt(2.0 * log(opacity / CUTOFF));
  vec2 offset = reach * (corner.x * sqrt(l1) * axis + corner.y * sqrt(l2) * vec2(-axis.y, axis.x));
  vec2 centre = clip.xy / clip.w;
  if (any(greaterThan(abs(centre), vec2(1.0) + 2.0 * reach * sqrt(l1) / size))) {
    return;
  }

  local = corner * reach;
  vec3 direction = camera.eye.w > 0.5 ? normalize(t0.xyz - camera.eye.xyz) : camera.eye.xyz;
  tint = vec4(colour_towards(ivec2(place.x * COEFFICIENTS, place.y), direction), opacity);
  gl_Position = vec4(clip.xy + offset * 2.0 / size * clip.w, clip.zw);
}
